#include "media/frame_times.h"

#include <algorithm>

#include <fmt/format.h>

#include "media/compat.h"

namespace s3reel::media {

FrameTimes::FrameTimes(AVRational source, Instant start)
    : source_(source), shift_(start.in({1, source.den})) {}

void FrameTimes::apply(AVFrame& frame) {
  std::int64_t duration = compat::frame_duration(frame) * source_.num;
  if (frame.pts == AV_NOPTS_VALUE) {
    ++missing_;
    frame.pts = last_ ? *last_ + std::max<std::int64_t>(last_duration_, 1) : 0;
  } else {
    frame.pts = frame.pts * source_.num - shift_;
  }
  if (last_ && frame.pts <= *last_) {
    ++moved_;
    frame.pts = *last_ + 1;
  }
  if (duration <= 0) {
    duration = last_ ? frame.pts - *last_ : 0;
  }
  compat::set_frame_duration(frame, duration);
  frame.time_base = time_base();
  last_ = frame.pts;
  last_duration_ = duration;
}

std::vector<std::string> FrameTimes::losses() const {
  std::vector<std::string> words;
  if (missing_ > 0) {
    words.push_back(fmt::format("{} frames had no time and follow their predecessors", missing_));
  }
  if (moved_ > 0) {
    words.push_back(
        fmt::format("{} frames did not come after their predecessors and were moved", moved_));
  }
  return words;
}

}  // namespace s3reel::media
