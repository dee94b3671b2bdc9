#pragma once

#include <cstdint>
#include <vector>

#include "media/converter.h"
#include "ops/op.h"

namespace s3reel::ops {

/// Ops one after the other. Where an op does not take what comes, a conversion is put in front of
/// it. Used by one thread.
class Chain {
 public:
  using Emit = Op::Emit;

  explicit Chain(std::vector<OpPtr> ops);

  /// Throws Error{op} with the op's name and the frame's time.
  void push(media::FramePtr frame, const Emit& emit);
  void flush(const Emit& emit);

  /// The format that leaves the chain when frames of `offered` enter it.
  [[nodiscard]] AVPixelFormat output_format(AVPixelFormat offered) const;

 private:
  struct Link {
    OpPtr op;
    media::PixelConverter converter{AV_PIX_FMT_NONE};
    AVPixelFormat wanted = AV_PIX_FMT_NONE;
  };

  void push_from(std::size_t index, media::FramePtr frame, const Emit& emit);

  std::vector<Link> links_;
};

}  // namespace s3reel::ops
