#include "base/clock.h"

#include <chrono>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

namespace s3reel::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(SystemClock, SleepsItsTimeAndSaysSo) {
  SystemClock clock;
  const auto before = clock.now();
  EXPECT_TRUE(clock.sleep_for(milliseconds(5), {}));
  EXPECT_GE(clock.now() - before, milliseconds(5));
}

TEST(SystemClock, SaysWhenItWasStoppedBefore) {
  SystemClock clock;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleep_for(hours(1), stop.get_token()));
}

TEST(SystemClock, AStopEndsTheSleepOfAnotherThread) {
  SystemClock clock;
  std::stop_source stop;
  std::jthread sleeper([&] { EXPECT_FALSE(clock.sleep_for(hours(1), stop.get_token())); });
  stop.request_stop();
}

TEST(SystemClock, NoTimeIsNoWait) {
  SystemClock clock;
  EXPECT_TRUE(clock.sleep_for(milliseconds(0), {}));
}

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  auto last = clock.now();
  for (int i = 0; i < 1'000; ++i) {
    const auto now = clock.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

/// Stands where it was put; a sleep moves it on.
class StandingClock final : public Clock {
 public:
  [[nodiscard]] Steady now() const override { return time_; }

  [[nodiscard]] Wall wall() const override { return Wall(hours(5)); }

  bool sleep_for(Duration duration, const std::stop_token& stop) override {
    time_ += duration;
    return !stop.stop_requested();
  }

 private:
  Steady time_{hours(1)};
};

TEST(ScaledClock, AnHourPassesInATwentiethOfIt) {
  StandingClock machine;
  ScaledClock clock(machine, 0.05);
  const auto before = clock.now();
  EXPECT_TRUE(clock.sleep_for(hours(1), {}));
  EXPECT_EQ(machine.now(), Clock::Steady(hours(1)) + std::chrono::minutes(3));
  EXPECT_EQ(clock.now() - before, hours(1));
}

TEST(ScaledClock, LeavesTheTimeOfDayAlone) {
  StandingClock machine;
  const ScaledClock clock(machine, 0.05);
  EXPECT_EQ(clock.wall(), Clock::Wall(hours(5)));
}

TEST(ScaledClock, ALimitIsNeverNothing) {
  StandingClock machine;
  const ScaledClock clock(machine, 0.05);
  EXPECT_EQ(clock.on_machine(milliseconds(20'000)), milliseconds(1'000));
  EXPECT_EQ(clock.on_machine(milliseconds(1)), milliseconds(1));
  EXPECT_EQ(clock.on_machine(milliseconds(0)), milliseconds(0));
}

TEST(ScaledClock, AStopEndsItsSleep) {
  SystemClock machine;
  ScaledClock clock(machine, 0.5);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock.sleep_for(hours(1), stop.get_token()));
}

}  // namespace
}  // namespace s3reel::base
