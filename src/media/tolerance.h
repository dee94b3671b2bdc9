#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "s3reel/report.h"

namespace s3reel::media {

/// How many damaged pictures a job bears, and which it met. Any number of threads may call.
class Tolerance {
 public:
  explicit Tolerance(std::uint64_t limit = 0) : limit_(limit) {}

  [[nodiscard]] bool any() const { return limit_ > 0; }

  /// False: that is one more than the limit.
  bool bear(const DamagedFrame& frame);

  /// In the order in which they were met.
  [[nodiscard]] std::vector<DamagedFrame> met() const;

  /// In words; empty if none was met.
  [[nodiscard]] std::string loss() const;

 private:
  const std::uint64_t limit_;
  mutable std::mutex mutex_;
  std::vector<DamagedFrame> met_;  ///< guarded by mutex_
};

}  // namespace s3reel::media
