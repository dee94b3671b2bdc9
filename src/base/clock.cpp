#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace s3reel::base {

Clock::Steady SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

Clock::Wall SystemClock::wall() const {
  return std::chrono::system_clock::now();
}

bool SystemClock::sleep_for(Duration duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace s3reel::base
