#include "s3/part_layout.h"

#include <gtest/gtest.h>

#include "s3/part_buffers.h"
#include "s3/store_profile.h"
#include "support/bytes.h"

namespace s3reel::s3 {
namespace {

using base::kGiB;
using base::kMiB;

TEST(PartLayout, SizesDoubleEvery500PartsUpTo64MiB) {
  const PartLayout layout(8 * kMiB);
  EXPECT_EQ(layout.size_of(2), 8 * kMiB);
  EXPECT_EQ(layout.size_of(501), 8 * kMiB);
  EXPECT_EQ(layout.size_of(502), 16 * kMiB);
  EXPECT_EQ(layout.size_of(1'002), 32 * kMiB);
  EXPECT_EQ(layout.size_of(1'502), 64 * kMiB);
  EXPECT_EQ(layout.size_of(kMaxParts), 64 * kMiB);
}

TEST(PartLayout, TenThousandPartsHoldMoreThan500GiB) {
  EXPECT_GT(PartLayout(8 * kMiB).capacity(), 500 * kGiB);
}

TEST(PartLayout, AnEstimateBeyondTheCapacityBeginsWithLargerParts) {
  const std::uint64_t expected = 5'000 * kGiB;
  const PartLayout layout(8 * kMiB, expected);
  EXPECT_GT(layout.first_bytes(), kLargePartBytes);
  EXPECT_GE(layout.capacity(), expected);
  EXPECT_EQ(PartLayout(8 * kMiB, 100 * kGiB).first_bytes(), 8 * kMiB);
}

TEST(PartLayout, NoPartIsSmallerThanS3Allows) {
  EXPECT_EQ(PartLayout(1).size_of(2), kMinPartBytes);
}

TEST(PartLayout, LargerPartsTravelInSmallerCompany) {
  const PartLayout layout(8 * kMiB);
  EXPECT_EQ(layout.in_flight(2, 2), 2);
  EXPECT_EQ(layout.in_flight(502, 2), 2);
  EXPECT_EQ(layout.in_flight(1'002, 2), 1);
  EXPECT_EQ(layout.in_flight(1'502, 2), 1);
  EXPECT_EQ(layout.in_flight(1'502, 8), 2);
}

TEST(PartLayout, StaysInsideTheMemoryThatPartsMayTake) {
  const PartLayout tight(8 * kMiB, {}, 25 * kMiB);
  EXPECT_EQ(tight.size_of(kMaxParts), 8 * kMiB);
  EXPECT_EQ(tight.in_flight(2, 2), 2);
  const PartLayout roomy(8 * kMiB, {}, 70 * kMiB);
  EXPECT_EQ(roomy.size_of(kMaxParts), 32 * kMiB);
  EXPECT_EQ(roomy.in_flight(kMaxParts - 1, 2), 1);
  EXPECT_EQ(PartLayout(8 * kMiB, 5'000 * kGiB, 40 * kMiB).first_bytes(), 16 * kMiB);
}

TEST(PartBuffers, KeepsReturnedMemoryForTheNextPart) {
  PartBuffers buffers;
  PartBuffer first = buffers.take(16);
  const std::byte* memory = first.bytes().data();
  EXPECT_EQ(first.append(test::pattern_bytes(20)), 16U);
  EXPECT_TRUE(first.full());
  buffers.give_back(std::move(first));
  const PartBuffer again = buffers.take(16);
  EXPECT_EQ(again.bytes().data(), memory);
  EXPECT_TRUE(again.bytes().empty());
  EXPECT_EQ(buffers.peak(), 1U);
}

TEST(StoreProfile, OnlyAwsIsTrustedToKeepConditions) {
  EXPECT_TRUE(store_profile(std::nullopt).conditional_complete);
  EXPECT_TRUE(store_profile("https://s3.eu-west-1.amazonaws.com").conditional_put);
  EXPECT_FALSE(store_profile("http://127.0.0.1:8000").conditional_put);
  EXPECT_FALSE(store_profile("https://amazonaws.com.example.org/").conditional_complete);
}

}  // namespace
}  // namespace s3reel::s3
