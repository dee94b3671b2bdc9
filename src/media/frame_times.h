#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/ffmpeg.h"
#include "media/stream_map.h"

namespace s3reel::media {

/// Moves frame times from the source's time base into the result's and to the result's zero,
/// exactly: the result's ticks divide the source's. Used by one thread.
class FrameTimes {
 public:
  FrameTimes(AVRational source, Instant start);

  /// 1/den of the source's time base.
  [[nodiscard]] AVRational time_base() const { return {1, source_.den}; }

  /// Sets pts, duration and time base. Encoders need times that ascend: a frame without a time
  /// follows its predecessor, one that does not come after it is moved behind it by a tick; both
  /// are counted.
  void apply(AVFrame& frame);

  /// What had to be changed, in words; empty if nothing.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  const AVRational source_;
  const std::int64_t shift_;  ///< in ticks of time_base()
  std::optional<std::int64_t> last_;
  std::int64_t last_duration_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t moved_ = 0;
};

}  // namespace s3reel::media
