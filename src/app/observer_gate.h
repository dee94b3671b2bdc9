#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "s3reel/s3reel.h"

namespace s3reel::app {

/// Brings what threads of a job say to its observer, one call at a time.
///
/// Whoever speaks must not be ended by the observer: what that throws is kept, `on_failure` is told
/// once, and the observer is not called again.
class ObserverGate {
 public:
  explicit ObserverGate(
      Observer& observer, std::function<void()> on_failure = [] {})
      : observer_(observer), on_failure_(std::move(on_failure)) {}

  [[nodiscard]] base::Log log();
  void progress(const Progress& progress);
  void orphan(const Orphan& orphan);

  /// Throws what the observer threw, if it did.
  void rethrow_failure();

 private:
  void call(const std::function<void(Observer&)>& tell);

  Observer& observer_;
  const std::function<void()> on_failure_;
  std::mutex mutex_;
  std::exception_ptr failure_;  ///< guarded by mutex_
};

}  // namespace s3reel::app
