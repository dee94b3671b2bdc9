#include "media/decode_times.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace s3reel::media {
namespace {

struct Stamp {
  std::int64_t pts;
  std::int64_t dts;
};

/// Feeds `times` to an encoder that puts `order` out and asks for a decode time at each packet; the
/// encoder holds frames back as long as it can, then gives everything.
std::vector<Stamp> stamps(const std::vector<std::int64_t>& times, int depth, int lookahead) {
  // Groups of depth + 1: the last frame of each is coded first, as with B-frames.
  std::vector<std::int64_t> order;
  const auto group = static_cast<std::size_t>(depth) + 1;
  for (std::size_t begin = 0; begin < times.size(); begin += group) {
    const std::size_t end = std::min(times.size(), begin + group);
    if (depth > 0) {
      order.push_back(times[end - 1]);
    }
    for (std::size_t i = begin; i < end - (depth > 0 ? 1U : 0U); ++i) {
      order.push_back(times[i]);
    }
  }
  DecodeTimes decode(depth);
  std::vector<Stamp> out;
  const auto take = [&] {
    const std::optional<std::int64_t> dts = decode.next(1);
    ASSERT_TRUE(dts);
    out.push_back({order[out.size()], *dts});
  };
  for (std::size_t i = 0; i < times.size(); ++i) {
    decode.add(times[i]);
    const std::size_t ready = (i + 1) / group * group;
    while (out.size() + static_cast<std::size_t>(lookahead) < ready) {
      take();
    }
  }
  while (out.size() < times.size()) {
    take();
  }
  EXPECT_FALSE(decode.next(1)) << "more packets than frames";
  return out;
}

void expect_playable(const std::vector<Stamp>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    ASSERT_LE(out[i].dts, out[i].pts) << "packet " << i;
    if (i > 0) {
      ASSERT_LT(out[i - 1].dts, out[i].dts) << "packet " << i;
    }
  }
}

TEST(DecodeTimes, EqualThePresentationTimesWithoutReordering) {
  for (const Stamp& stamp : stamps({0, 40, 80, 1'000, 1'001}, 0, 0)) {
    EXPECT_EQ(stamp.dts, stamp.pts);
  }
}

TEST(DecodeTimes, AreThePresentationTimesLateByTheDepth) {
  const auto out = stamps({100, 140, 180, 220, 260}, 2, 0);
  EXPECT_EQ(out[0].dts, 20);
  EXPECT_EQ(out[1].dts, 60);
  EXPECT_EQ(out[2].dts, 100);
  EXPECT_EQ(out[3].dts, 140);
  EXPECT_EQ(out[4].dts, 180);
}

TEST(DecodeTimes, ASingleFrameTakesTheFallbackInterval) {
  DecodeTimes decode(1);
  decode.add(500);
  EXPECT_EQ(decode.next(40), 460);
}

TEST(DecodeTimes, ASingleFrameOfNoDurationStillPrecedesItself) {
  DecodeTimes decode(2);
  decode.add(0);
  const auto dts = decode.next(0);
  ASSERT_TRUE(dts);
  EXPECT_LT(*dts, 0);
}

TEST(DecodeTimes, NoPacketBeforeAFrame) {
  DecodeTimes decode(0);
  EXPECT_FALSE(decode.next(1));
}

TEST(DecodeTimes, AscendAndNeverExceedPtsForAnyTimesDepthAndLookahead) {
  std::mt19937 random(20'240'501);
  for (int round = 0; round < 500; ++round) {
    const int depth = static_cast<int>(random() % 5);
    const int lookahead = static_cast<int>(random() % 40);
    const std::size_t count = 1 + random() % 120;
    std::vector<std::int64_t> times;
    std::int64_t at = static_cast<std::int64_t>(random() % 2'000) - 1'000;
    for (std::size_t i = 0; i < count; ++i) {
      times.push_back(at);
      at += 1 + static_cast<std::int64_t>(random() % (random() % 4 == 0 ? 100'000 : 50));
    }
    SCOPED_TRACE(testing::Message() << "round " << round << " depth " << depth);
    expect_playable(stamps(times, depth, lookahead));
  }
}

TEST(DecodeTimes, DoNotDependOnWhenPacketsComeOut) {
  const std::vector<std::int64_t> times{0, 3, 50, 51, 400, 420, 430, 431, 900};
  const auto early = stamps(times, 2, 0);
  const auto late = stamps(times, 2, 100);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_EQ(early[i].dts, late[i].dts) << i;
  }
}

}  // namespace
}  // namespace s3reel::media
