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

}  // namespace
}  // namespace s3reel::base
