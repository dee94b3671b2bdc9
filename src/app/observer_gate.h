#pragma once

#include <mutex>

#include "base/log.h"
#include "s3reel/s3reel.h"

namespace s3reel::app {

/// Brings what threads of a job say to its observer, one call at a time.
class ObserverGate {
 public:
  explicit ObserverGate(Observer& observer) : observer_(observer) {}

  [[nodiscard]] base::Log log();
  void progress(const Progress& progress);

 private:
  Observer& observer_;
  std::mutex mutex_;
};

}  // namespace s3reel::app
