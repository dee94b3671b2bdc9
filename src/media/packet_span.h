#pragma once

#include <cstdint>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// The presentation time that the packets of one stream cover, from zero on: a player shows nothing
/// before it. Used by one thread.
class PacketSpan {
 public:
  /// The packet has its time base set, the same one each time.
  void add(const AVPacket& packet);

  [[nodiscard]] double seconds() const;
  [[nodiscard]] double longest_seconds() const;  ///< the duration of its longest packet
  [[nodiscard]] std::int64_t end_us() const;

  /// Packets whose time is before zero and that the source would have shown.
  [[nodiscard]] std::uint64_t hidden() const { return hidden_; }

 private:
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t longest_ = 0;
  std::uint64_t hidden_ = 0;
  AVRational time_base_{0, 1};  ///< 0: no packet came yet
};

}  // namespace s3reel::media
