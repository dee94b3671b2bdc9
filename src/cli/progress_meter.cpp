#include "cli/progress_meter.h"

#include <algorithm>
#include <cstdint>

namespace s3reel::cli {
namespace {

double growth(std::uint64_t from, std::uint64_t to) {
  return to > from ? static_cast<double>(to - from) : 0.0;
}

}  // namespace

Snapshot ProgressMeter::add(const Progress& progress) {
  if (window_.empty()) {
    window_.push_back(Progress{});  // every job begins at zero
  }
  while (window_.size() > 1 &&
         progress.elapsed_seconds - window_[1].elapsed_seconds >= kWindowSeconds) {
    window_.pop_front();
  }
  const Progress& first = window_.front();
  Snapshot now{.progress = progress};
  const double elapsed = progress.elapsed_seconds - first.elapsed_seconds;
  if (elapsed > 0.0) {
    now.frames_per_second = growth(first.frames, progress.frames) / elapsed;
    now.speed = std::max(0.0, progress.position_seconds - first.position_seconds) / elapsed;
    now.read_rate = growth(first.bytes_read, progress.bytes_read) / elapsed;
    now.write_rate = growth(first.bytes_written, progress.bytes_written) / elapsed;
  }
  if (progress.publishing) {
    // The position stays at the time of the last frame, a frame short of the end.
    now.percent = 100.0;
  } else if (progress.duration_seconds > 0.0) {
    const double done = std::clamp(progress.position_seconds / progress.duration_seconds, 0.0, 1.0);
    now.percent = 100.0 * done;
    if (now.speed > 0.0) {
      now.eta_seconds = progress.duration_seconds * (1.0 - done) / now.speed;
    }
  }
  window_.push_back(progress);
  return now;
}

}  // namespace s3reel::cli
