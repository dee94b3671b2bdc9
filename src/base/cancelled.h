#pragma once

#include "s3reel/error.h"

namespace s3reel::base {

/// Thrown by blocking calls after a cancel or a stop request. It is the echo of a failure or an
/// interruption elsewhere and never the first cause, so whoever collects errors prefers any other.
class Cancelled final : public Error {
 public:
  Cancelled() : Error(ErrorInfo{.kind = ErrorKind::interrupted, .reason = "interrupted"}) {}
};

}  // namespace s3reel::base
