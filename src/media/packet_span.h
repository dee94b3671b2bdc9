#pragma once

#include <cstdint>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// The presentation time that the packets of one stream cover. Used by one thread.
class PacketSpan {
 public:
  /// The packet has its time base set, the same one each time.
  void add(const AVPacket& packet);

  [[nodiscard]] double seconds() const;
  [[nodiscard]] double longest_seconds() const;  ///< the duration of its longest packet
  [[nodiscard]] std::int64_t end_us() const;

 private:
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;
  std::int64_t longest_ = 0;
  AVRational time_base_{0, 1};  ///< 0: no packet came yet
};

}  // namespace s3reel::media
