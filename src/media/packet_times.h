#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "media/ffmpeg.h"
#include "media/stream_map.h"

namespace s3reel::media {

/// Moves the times of one stream's copied packets to the result's zero and makes its decode times
/// ascend, as containers demand. Used by one thread. The stream must outlive it.
class PacketTimes {
 public:
  PacketTimes(const AVStream& stream, Instant start);

  void apply(AVPacket& packet);

  /// What had to be changed, in words; empty if nothing.
  [[nodiscard]] std::string loss() const;

 private:
  void sharpen(AVPacket& packet);
  [[nodiscard]] std::int64_t missing_dts(const AVPacket& packet) const;
  [[nodiscard]] std::int64_t interval(const AVPacket& packet) const;

  const AVStream& stream_;
  const std::int64_t shift_;
  std::optional<std::int64_t> last_dts_;       ///< in time_base_, as it left
  std::optional<std::int64_t> predicted_dts_;  ///< of the next packet, as it would come in
  std::int64_t rescale_state_ = AV_NOPTS_VALUE;
  AVRational time_base_;  ///< of the packets that leave
  std::uint64_t moved_ = 0;
};

}  // namespace s3reel::media
