#pragma once

/// Rates and remaining time from the moments of a running job. Pure: time is what the job reports.

#include <deque>
#include <optional>

#include "s3reel/report.h"

namespace s3reel::cli {

/// A moment with what follows from it and the moments before. Rates are per second of wall time,
/// over the last seconds.
struct Snapshot {
  Progress progress;
  std::optional<double> percent{};      ///< 0 to 100; none: duration unknown
  std::optional<double> eta_seconds{};  ///< none: duration unknown, or nothing moves
  double frames_per_second = 0.0;
  double speed = 0.0;  ///< seconds of video per second
  double read_rate = 0.0;
  double write_rate = 0.0;
};

/// One thread at a time.
class ProgressMeter {
 public:
  /// Rates are taken over this much wall time: long enough to be steady between two parts of an
  /// upload, short enough to follow a change of scene.
  static constexpr double kWindowSeconds = 10.0;

  Snapshot add(const Progress& progress);

 private:
  std::deque<Progress> window_;
};

}  // namespace s3reel::cli
