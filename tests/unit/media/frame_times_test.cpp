#include "media/frame_times.h"

#include <cstdint>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/compat.h"
#include "media/ptr.h"

namespace s3reel::media {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct TimedFrame {
  std::int64_t pts;
  std::int64_t duration = 0;
};

FramePtr frame(const TimedFrame& timed) {
  FramePtr made = make_frame();
  made->pts = timed.pts;
  compat::set_frame_duration(*made, timed.duration);
  return made;
}

std::vector<std::int64_t> apply(FrameTimes& times, const std::vector<TimedFrame>& frames) {
  std::vector<std::int64_t> out;
  for (const TimedFrame& one : frames) {
    const FramePtr made = frame(one);
    times.apply(*made);
    EXPECT_EQ(av_cmp_q(made->time_base, times.time_base()), 0);
    out.push_back(made->pts);
  }
  return out;
}

TEST(FrameTimes, PresentationTimesGoThroughUntouched) {
  FrameTimes times({1, 90'000}, {});
  EXPECT_EQ(
      apply(times, {{0}, {3'003}, {3'004}, {900'000}}),
      (std::vector<std::int64_t>{0, 3'003, 3'004, 900'000}));
  EXPECT_THAT(times.losses(), IsEmpty());
}

TEST(FrameTimes, TicksOfTheResultDivideTheSourcesExactly) {
  FrameTimes times({1001, 30'000}, {});
  EXPECT_EQ(av_cmp_q(times.time_base(), {1, 30'000}), 0);
  EXPECT_EQ(
      apply(times, {{0, 1}, {1, 1}, {2, 1}, {1'000'000, 1}}),
      (std::vector<std::int64_t>{0, 1'001, 2'002, 1'001'000'000}));
}

TEST(FrameTimes, MoveToTheResultsZeroWhateverTimeBaseTheStartHas) {
  FrameTimes times({1, 90'000}, {.value = 10, .time_base = {1, 1}});
  EXPECT_EQ(apply(times, {{900'000}, {903'000}}), (std::vector<std::int64_t>{0, 3'000}));
  FrameTimes sound_first({1, 1'000}, {.value = -480, .time_base = {1, 48'000}});
  EXPECT_EQ(apply(sound_first, {{0}}), (std::vector<std::int64_t>{10}));
}

TEST(FrameTimes, AFrameWithoutATimeFollowsItsPredecessorAndIsCounted) {
  FrameTimes times({1, 25}, {});
  EXPECT_EQ(
      apply(times, {{0, 2}, {AV_NOPTS_VALUE, 2}, {AV_NOPTS_VALUE}, {9}}),
      (std::vector<std::int64_t>{0, 2, 4, 9}));
  ASSERT_EQ(times.losses().size(), 1U);
  EXPECT_THAT(times.losses()[0], HasSubstr("2 frames had no time"));
}

TEST(FrameTimes, AFrameThatDoesNotComeAfterItsPredecessorIsMovedByATickAndCounted) {
  FrameTimes times({1, 25}, {});
  EXPECT_EQ(apply(times, {{5}, {5}, {3}, {8}}), (std::vector<std::int64_t>{5, 6, 7, 8}));
  ASSERT_EQ(times.losses().size(), 1U);
  EXPECT_THAT(times.losses()[0], HasSubstr("2 frames"));
}

TEST(FrameTimes, DurationsAreScaled) {
  FrameTimes times({2, 25}, {});
  const FramePtr made = frame({1, 3});
  times.apply(*made);
  EXPECT_EQ(compat::frame_duration(*made), 6);
}

}  // namespace
}  // namespace s3reel::media
