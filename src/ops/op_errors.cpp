#include "ops/op_errors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace s3reel::ops {

std::string frame_at(double seconds) {
  return fmt::format("frame at {:.3f} s", seconds);
}

Error op_failure(const std::string& op, std::string subject, const std::string& reason) {
  return Error(ErrorInfo{
      .kind = ErrorKind::op,
      .operation = fmt::format("op {}", op),
      .subject = std::move(subject),
      .reason = reason});
}

void OpErrors::met(const std::string& op, double seconds, const std::string& reason) {
  if (settings_.action == OnOpError::fail) {
    throw op_failure(op, frame_at(seconds), reason);
  }
  const std::scoped_lock lock(mutex_);
  if (failures_.size() >= settings_.budget) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::op,
        .operation = fmt::format("op {}", op),
        .subject = frame_at(seconds),
        .reason = fmt::format("{}; ops have failed on {} frames before", reason, failures_.size()),
        .hint = "repair the op, or allow more with --max-op-errors"});
  }
  failures_.push_back({.op = op, .seconds = seconds, .reason = reason});
}

std::vector<OpFailure> OpErrors::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<OpFailure> sorted = failures_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const OpFailure& a, const OpFailure& b) {
    return a.seconds < b.seconds;
  });
  return sorted;
}

std::string OpErrors::loss() const {
  const std::vector<OpFailure> failures = all();
  if (failures.empty()) {
    return {};
  }
  const OpFailure& first = failures.front();
  return fmt::format(
      "ops failed on {} frames, which {}; the first: op {} at {:.3f} s: {}",
      failures.size(),
      settings_.action == OnOpError::skip_op ? "went on without it" : "are not in the result",
      first.op,
      first.seconds,
      first.reason);
}

}  // namespace s3reel::ops
