#include "media/decode_times.h"

namespace s3reel::media {

void DecodeTimes::add(std::int64_t pts) {
  if (added_ == 0) {
    first_ = pts;
  } else if (!interval_) {
    interval_ = pts - first_;
  }
  ++added_;
  times_.push_back(pts);
}

std::optional<std::int64_t> DecodeTimes::next(std::int64_t fallback_interval) {
  if (taken_ == added_) {
    return std::nullopt;
  }
  ++taken_;
  if (lead_ < depth_) {
    if (!interval_) {
      interval_ = fallback_interval > 0 ? fallback_interval : 1;
    }
    return first_ - (depth_ - lead_++) * *interval_;
  }
  const std::int64_t dts = times_.front();
  times_.pop_front();
  return dts;
}

}  // namespace s3reel::media
