#include "s3/read_plan.h"

#include <gtest/gtest.h>

namespace s3reel::s3 {
namespace {

constexpr std::uint64_t kMega = 1'000'000;

TEST(ReadPlan, WithoutRangesEverythingIsWanted) {
  const auto next = ReadPlan().next(10, 100);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->begin, 10U);
  EXPECT_EQ(next->end, 100U);
  EXPECT_FALSE(ReadPlan().next(100, 100));
}

TEST(ReadPlan, MergesSmallGapsAndSkipsLargeOnes) {
  const ReadPlan plan({{0, kMega}, {2 * kMega, 3 * kMega}, {8 * kMega, 9 * kMega}});
  EXPECT_EQ(plan.next(0, 20 * kMega)->end, 3 * kMega);
  EXPECT_EQ(plan.next(3 * kMega, 20 * kMega)->begin, 8 * kMega);
  EXPECT_EQ(plan.next(8 * kMega + 5, 20 * kMega)->begin, 8 * kMega + 5);
  EXPECT_FALSE(plan.next(9 * kMega, 20 * kMega));
}

TEST(ReadPlan, NeverReachesBeyondTheObject) {
  const ReadPlan plan({{0, 9 * kMega}});
  EXPECT_EQ(plan.next(0, kMega)->end, kMega);
  EXPECT_FALSE(plan.next(kMega, kMega));
}

}  // namespace
}  // namespace s3reel::s3
