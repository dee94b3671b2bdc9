#pragma once

#include <chrono>
#include <stop_token>

namespace s3reel::base {

/// Time and sleep, injected so that tests need not wait. Any number of threads may call.
class Clock {
 public:
  using Duration = std::chrono::milliseconds;
  using Steady = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::system_clock::time_point;

  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Steady now() const = 0;
  [[nodiscard]] virtual Wall wall() const = 0;
  /// Returns false when `stop` was requested before the time had passed.
  virtual bool sleep_for(Duration duration, const std::stop_token& stop) = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Steady now() const override;
  [[nodiscard]] Wall wall() const override;
  bool sleep_for(Duration duration, const std::stop_token& stop) override;
};

}  // namespace s3reel::base
