#include "s3/range_chunk.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.h"

namespace s3reel::s3 {
namespace {

class RangeChunkTest : public testing::Test {
 protected:
  /// From the middle of one block to the middle of the third behind it.
  static constexpr io::ByteRange kRange{
      .begin = kBlockBytes / 2, .end = 3 * kBlockBytes + kBlockBytes / 2};

  static void read_to(RangeChunk& chunk, std::uint64_t end) {
    std::vector<std::byte> out(kBlockBytes);
    std::uint64_t at = chunk.range().begin;
    while (at < end) {
      at += chunk.read(at, out);
    }
  }

  base::ByteBudget budget_{kRange.end - kRange.begin};
  RangeChunk chunk_{kRange, *budget_.try_reserve(kRange.end - kRange.begin)};
  std::vector<std::byte> bytes_ = test::pattern_bytes(kRange.end - kRange.begin);
};

TEST_F(RangeChunkTest, GivesItsShareBackBlockByBlock) {
  ASSERT_TRUE(chunk_.store(bytes_));
  read_to(chunk_, 2 * kBlockBytes);
  chunk_.release_before(2 * kBlockBytes, RangeChunk::Which::read);
  EXPECT_EQ(budget_.held(), kRange.end - 2 * kBlockBytes);
  EXPECT_FALSE(chunk_.holds(kRange.begin));
  EXPECT_TRUE(chunk_.holds(2 * kBlockBytes));
  EXPECT_EQ(chunk_.next_held(0), 2 * kBlockBytes);
}

TEST_F(RangeChunkTest, KeepsWhatWasNotReadUntilAllIsToGo) {
  ASSERT_TRUE(chunk_.store(bytes_));
  chunk_.release_before(kRange.end, RangeChunk::Which::read);
  EXPECT_EQ(budget_.held(), bytes_.size());
  chunk_.release_before(kRange.end, RangeChunk::Which::all);
  EXPECT_EQ(budget_.held(), 0U);
  EXPECT_TRUE(chunk_.exhausted());
}

TEST_F(RangeChunkTest, WhatIsStillToComeIsNotReleased) {
  ASSERT_TRUE(chunk_.store(std::span(bytes_).first(kBlockBytes)));
  chunk_.release_before(kRange.end, RangeChunk::Which::all);
  EXPECT_EQ(chunk_.next_held(0), kBlockBytes);
  EXPECT_EQ(chunk_.filled(), kRange.begin + kBlockBytes);
}

TEST_F(RangeChunkTest, MoreThanWasAskedForIsNotTaken) {
  ASSERT_TRUE(chunk_.store(bytes_));
  EXPECT_FALSE(chunk_.store(std::span(bytes_).first(1)));
}

}  // namespace
}  // namespace s3reel::s3
