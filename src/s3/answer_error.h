#pragma once

/// What an answer that is not a success means: pure, so that every row of the table has a test.

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "http/client.h"
#include "s3reel/error.h"

namespace s3reel::s3 {

/// Characters of a store's words that are shown.
inline constexpr std::size_t kLongestMessage = 300;

/// What was asked, as far as the meaning of an answer depends on it.
struct Asked {
  std::string operation;     ///< "UploadPart"
  std::string subject;       ///< "s3://bucket/key part 7"
  bool conditional = false;  ///< it carried If-None-Match
};

/// A failure and what can be done about it.
struct Refusal {
  ErrorInfo info;
  bool throttled = false;
  std::optional<std::chrono::milliseconds> retry_after{};
  /// Server time minus ours, if the request was refused for the time it was signed with.
  std::optional<std::chrono::seconds> clock_skew{};
  /// Where the bucket is, if the request was refused for its region and the store named another.
  std::optional<std::string> region{};
};

/// `answer` with a status that is no success, or a success with an <Error> body.
Refusal classify_answer(const Asked& asked, const http::Response& answer, base::Clock::Wall now);

}  // namespace s3reel::s3
