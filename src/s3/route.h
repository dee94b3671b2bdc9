#pragma once

#include <optional>
#include <string>

#include "http/client.h"
#include "s3/answer_error.h"
#include "s3/digest.h"

namespace s3reel::s3 {

struct Call;

/// Where a call goes and what lets it in: the objects of a store, signed, or URLs as they are.
/// What answers teach is kept for later calls. Any thread.
class Route {
 public:
  struct Target {
    std::string url;
    http::Headers headers;  ///< beside the call's own
  };

  /// One call over all its attempts: what was put right and must not be tried for ever.
  struct Corrections {
    // of a store
    bool clock = false;
    bool region = false;
    // of a web address
    std::string place{};    ///< that the last attempt went to
    int redirects = 0;      ///< in a row
    bool returned = false;  ///< to the address given, from where redirects had led
  };

  struct Verdict {
    Refusal refusal;
    bool corrected = false;  ///< its cause was put right just now: again at once
  };

  Route() = default;
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;
  virtual ~Route() = default;

  /// "s3": the first part of an error's operation.
  [[nodiscard]] virtual const char* service() const = 0;

  virtual Target target(const Call& call, const Digest& body_hash, Corrections& done) = 0;

  /// "https://host:port", for messages.
  virtual std::string origin(const Call& call) = 0;

  /// No answer came, or none that can be relied on.
  virtual void lost(const Call& call, const Corrections& done) = 0;

  /// What an answer that is no success means.
  virtual Verdict judge(const Call& call, const http::Response& answer, Corrections& done) = 0;
};

}  // namespace s3reel::s3
