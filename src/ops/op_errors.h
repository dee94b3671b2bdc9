#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "s3reel/error.h"
#include "s3reel/job.h"
#include "s3reel/report.h"

namespace s3reel::ops {

/// What the job does about frames on which an op fails, and how many it bears. Any thread.
class OpErrors {
 public:
  explicit OpErrors(const OpErrorSettings& settings) : settings_(settings) {}

  /// Whether a frame must outlive an op's attempt at it.
  [[nodiscard]] bool keeps_frames() const { return settings_.action == OnOpError::skip_op; }

  [[nodiscard]] OnOpError action() const { return settings_.action; }

  /// Counts a failure of `op` on the frame at `seconds`. Throws it, as Error{op}, where the job
  /// bears none, or no more.
  void met(const std::string& op, double seconds, const std::string& reason);

  /// In order of time.
  [[nodiscard]] std::vector<OpFailure> all() const;

  /// For the report's losses; empty if nothing failed.
  [[nodiscard]] std::string loss() const;

 private:
  const OpErrorSettings settings_;
  mutable std::mutex mutex_;
  std::vector<OpFailure> failures_;  ///< guarded by mutex_
};

/// The subject of an error.
std::string frame_at(double seconds);

/// A failure that no policy bears: it is not about one frame.
Error op_failure(const std::string& op, std::string subject, const std::string& reason);

}  // namespace s3reel::ops
