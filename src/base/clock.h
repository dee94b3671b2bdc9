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

  /// How long that is on the machine's own clock, for limits which someone else keeps.
  [[nodiscard]] virtual Duration on_machine(Duration duration) const { return duration; }
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Steady now() const override;
  [[nodiscard]] Wall wall() const override;
  bool sleep_for(Duration duration, const std::stop_token& stop) override;
};

/// The time of another clock, passing faster: with a scale of 0.05 every wait and every deadline of
/// whoever uses it ends after a twentieth of its time. The time of day is not touched, signatures
/// depend on it. The other clock must outlive this one.
class ScaledClock final : public Clock {
 public:
  /// `scale` is more than 0.
  ScaledClock(Clock& clock, double scale) : clock_(clock), scale_(scale), begin_(clock.now()) {}

  [[nodiscard]] Steady now() const override;
  [[nodiscard]] Wall wall() const override;
  bool sleep_for(Duration duration, const std::stop_token& stop) override;
  [[nodiscard]] Duration on_machine(Duration duration) const override;

 private:
  Clock& clock_;
  const double scale_;
  const Steady begin_;
};

}  // namespace s3reel::base
