#include "base/byte_budget.h"

#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "base/cancelled.h"

namespace s3reel::base {
namespace {

TEST(ByteBudget, GrantsUpToTheLimitAndNoFurther) {
  ByteBudget budget(100);
  const auto first = budget.try_reserve(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.try_reserve(41));
  const auto second = budget.try_reserve(40);
  EXPECT_TRUE(second);
  EXPECT_EQ(budget.held(), 100U);
}

TEST(ByteBudget, LeavesWhatIsToStayFree) {
  ByteBudget budget(100);
  EXPECT_FALSE(budget.try_reserve(80, 21));
  EXPECT_TRUE(budget.try_reserve(80, 20));
}

TEST(ByteBudget, TokenGivesBackPartlyThenWhollyAndOnlyOnce) {
  ByteBudget budget(100);
  {
    auto token = budget.try_reserve(100);
    ASSERT_TRUE(token);
    token->give_back(30);
    EXPECT_EQ(budget.held(), 70U);
    ByteBudget::Token moved = std::move(*token);
    EXPECT_EQ(budget.held(), 70U);
    moved.give_back(1'000);
    EXPECT_EQ(budget.held(), 0U);
  }
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_EQ(budget.peak(), 100U);
}

TEST(ByteBudget, ReserveWaitsUntilEnoughIsFree) {
  ByteBudget budget(100);
  auto held = budget.try_reserve(80);
  ASSERT_TRUE(held);
  std::jthread waiter([&budget](const std::stop_token& stop) {
    const auto token = budget.reserve(50, stop);
    EXPECT_EQ(budget.held(), 50U);
  });
  held->release();
  waiter.join();
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_LE(budget.peak(), 100U);
}

TEST(ByteBudget, MoreThanTheLimitIsGrantedWhenNothingElseIsHeld) {
  ByteBudget budget(100);
  const auto token = budget.reserve(250, {});
  EXPECT_EQ(budget.held(), 250U);
  EXPECT_FALSE(budget.try_reserve(1));
}

TEST(ByteBudget, StopEndsTheWait) {
  ByteBudget budget(100);
  const auto held = budget.try_reserve(100);
  std::stop_source stop;
  std::jthread stopper([&stop] { stop.request_stop(); });
  EXPECT_THROW(budget.reserve(1, stop.get_token()), Cancelled);
}

}  // namespace
}  // namespace s3reel::base
