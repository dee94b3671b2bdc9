#include "s3/range_chunk.h"

#include <algorithm>
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
  const std::shared_ptr<BlockPool> pool_ = std::make_shared<BlockPool>();
  RangeChunk chunk_{kRange, *budget_.try_reserve(kRange.end - kRange.begin), pool_};
  std::vector<std::byte> bytes_ = test::pattern_bytes(kRange.end - kRange.begin);
};

TEST(BlockPool, GivesOutAgainWhatCameBack) {
  BlockPool pool;
  auto block = pool.take(kBlockBytes);
  const auto* const address = block.get();
  const auto other = pool.take(kBlockBytes);
  EXPECT_NE(other.get(), address);
  pool.give_back(std::move(block), kBlockBytes);
  EXPECT_EQ(pool.take(kBlockBytes).get(), address);
  EXPECT_EQ(pool.held(), 2 * kBlockBytes);
}

TEST(BlockPool, KeptBlocksMakeRoomForPartsOfThem) {
  constexpr std::size_t kPart = kBlockBytes / 2;
  BlockPool pool;
  for (const std::size_t size : {std::size_t{kBlockBytes}, kPart}) {
    std::vector<BlockPool::Buffer> buffers;
    for (int i = 0; i < 8; ++i) {
      buffers.push_back(pool.take(size));
      EXPECT_LE(pool.held(), 8 * kBlockBytes);
    }
    for (auto& buffer : buffers) {
      pool.give_back(std::move(buffer), size);
    }
  }
  EXPECT_EQ(pool.held(), 0U);
}

TEST_F(RangeChunkTest, ABlockIsUsedAgainByAnotherChunk) {
  constexpr io::ByteRange kWhole{.begin = 0, .end = 2 * kBlockBytes};
  for (const unsigned seed : {1U, 2U}) {
    RangeChunk chunk(kWhole, base::ByteBudget::Token(), pool_);
    std::vector<std::byte> bytes = test::pattern_bytes(kWhole.end);
    bytes.front() = static_cast<std::byte>(seed);
    ASSERT_TRUE(chunk.store(0, bytes));
    std::vector<std::byte> out(kBlockBytes);
    EXPECT_EQ(chunk.read(0, out), kBlockBytes);
    EXPECT_TRUE(std::equal(out.begin(), out.end(), bytes.begin()));
    EXPECT_EQ(pool_->held(), kWhole.end);
  }
}

TEST_F(RangeChunkTest, GivesItsShareBackBlockByBlock) {
  ASSERT_TRUE(chunk_.store(chunk_.filled(), bytes_));
  read_to(chunk_, 2 * kBlockBytes);
  chunk_.release_before(2 * kBlockBytes, RangeChunk::Which::read);
  EXPECT_EQ(budget_.held(), kRange.end - 2 * kBlockBytes);
  EXPECT_FALSE(chunk_.holds(kRange.begin));
  EXPECT_TRUE(chunk_.holds(2 * kBlockBytes));
  EXPECT_EQ(chunk_.next_held(0), 2 * kBlockBytes);
}

TEST_F(RangeChunkTest, KeepsWhatWasNotReadUntilAllIsToGo) {
  ASSERT_TRUE(chunk_.store(chunk_.filled(), bytes_));
  chunk_.release_before(kRange.end, RangeChunk::Which::read);
  EXPECT_EQ(budget_.held(), bytes_.size());
  chunk_.release_before(kRange.end, RangeChunk::Which::all);
  EXPECT_EQ(budget_.held(), 0U);
  EXPECT_TRUE(chunk_.exhausted());
}

TEST_F(RangeChunkTest, WhatIsStillToComeIsNotReleased) {
  ASSERT_TRUE(chunk_.store(chunk_.filled(), std::span(bytes_).first(kBlockBytes)));
  chunk_.release_before(kRange.end, RangeChunk::Which::all);
  EXPECT_EQ(chunk_.next_held(0), kBlockBytes);
  EXPECT_EQ(chunk_.filled(), kRange.begin + kBlockBytes);
}

TEST_F(RangeChunkTest, MoreThanWasAskedForIsNotTaken) {
  ASSERT_TRUE(chunk_.store(chunk_.filled(), bytes_));
  EXPECT_FALSE(chunk_.store(chunk_.filled(), std::span(bytes_).first(1)));
}

TEST_F(RangeChunkTest, BytesThatAreThereArePassedOver) {
  const std::span<const std::byte> bytes(bytes_);
  const auto at = [](std::size_t offset) {
    return kRange.begin + offset;
  };
  ASSERT_TRUE(chunk_.store(at(0), bytes.first(1000)));
  ASSERT_TRUE(chunk_.store(at(0), bytes.first(400)));
  EXPECT_EQ(chunk_.filled(), at(1000));
  ASSERT_TRUE(chunk_.store(at(900), bytes.subspan(900)));
  EXPECT_EQ(chunk_.filled(), kRange.end);
  EXPECT_FALSE(chunk_.store(at(1), bytes)) << "more than was asked for";
  std::vector<std::byte> out(2000);
  EXPECT_EQ(chunk_.read(at(0), out), out.size());
  EXPECT_TRUE(std::equal(out.begin(), out.end(), bytes.begin()));
}

TEST_F(RangeChunkTest, AGapIsNotTaken) {
  EXPECT_FALSE(chunk_.store(kRange.begin + 1, std::span(bytes_).first(1)));
}

}  // namespace
}  // namespace s3reel::s3
