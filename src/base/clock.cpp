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

Clock::Steady ScaledClock::now() const {
  const std::chrono::duration<double, Steady::period> passed = clock_.now() - begin_;
  return begin_ + std::chrono::duration_cast<Steady::duration>(passed / scale_);
}

Clock::Wall ScaledClock::wall() const {
  return clock_.wall();
}

bool ScaledClock::sleep_for(Duration duration, const std::stop_token& stop) {
  return clock_.sleep_for(on_machine(duration), stop);
}

/// Rounded up: a limit of nothing would be none at all.
Clock::Duration ScaledClock::on_machine(Duration duration) const {
  const std::chrono::duration<double, Duration::period> scaled(
      static_cast<double>(duration.count()) * scale_);
  return std::chrono::ceil<Duration>(scaled);
}

}  // namespace s3reel::base
