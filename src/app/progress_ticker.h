#pragma once

#include <functional>
#include <thread>

namespace s3reel::app {

/// Calls something four times a second from a thread of its own, and once more when it ends.
class ProgressTicker {
 public:
  explicit ProgressTicker(std::function<void()> tick);

 private:
  std::jthread thread_;
};

}  // namespace s3reel::app
