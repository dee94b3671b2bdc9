#include "media/packet_span.h"

#include <algorithm>

namespace s3reel::media {

void PacketSpan::add(const AVPacket& packet) {
  const bool first = time_base_.num == 0;
  const std::int64_t end = packet.pts + packet.duration;
  begin_ = first ? packet.pts : std::min(begin_, packet.pts);
  end_ = first ? end : std::max(end_, end);
  longest_ = std::max(longest_, packet.duration);
  // Pre-roll that the source hides as well bears the flag.
  const bool hidden_before = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  hidden_ += packet.pts < 0 && !hidden_before ? 1 : 0;
  time_base_ = packet.time_base;
}

double PacketSpan::seconds() const {
  return static_cast<double>(end_ - std::max<std::int64_t>(begin_, 0)) * av_q2d(time_base_);
}

double PacketSpan::longest_seconds() const {
  return static_cast<double>(longest_) * av_q2d(time_base_);
}

std::int64_t PacketSpan::end_us() const {
  return av_rescale_q(end_, time_base_, AV_TIME_BASE_Q);
}

}  // namespace s3reel::media
