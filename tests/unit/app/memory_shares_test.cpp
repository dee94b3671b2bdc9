#include "app/memory_shares.h"

#include <cstdint>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "media/codec_memory.h"
#include "s3/part_layout.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

using base::kGiB;
using base::kMiB;
using testing::HasSubstr;

constexpr std::uint64_t k66x50 = 66ULL * 50 * 3 / 2;
constexpr std::uint64_t k720p = 1280ULL * 720 * 3 / 2;
constexpr std::uint64_t k1080p = 1920ULL * 1080 * 3 / 2;
constexpr std::uint64_t k4k = 3840ULL * 2160 * 3 / 2;

MemoryNeeds store_to_store(std::uint64_t frame_bytes) {
  return {.reads_store = true, .writes_store = true, .frame_bytes = frame_bytes};
}

TEST(MemoryBudget, IsAQuarterOfTheMachineInsideItsLimits) {
  EXPECT_EQ(memory_budget({}, 2 * kGiB), 512 * kMiB);
  EXPECT_EQ(memory_budget({}, 100 * kMiB), 64 * kMiB);
  EXPECT_EQ(memory_budget({}, 64 * kGiB), kGiB);
  EXPECT_EQ(memory_budget({.budget = 3 * kGiB}, 2 * kGiB), 3 * kGiB);
}

TEST(MemoryShares, OfALargeBudgetAreTheUsualSizes) {
  const auto shares = share_memory({}, kGiB, store_to_store(k1080p));
  EXPECT_EQ(shares.read_ahead, 24 * kMiB);
  EXPECT_EQ(shares.packet_queue, 4 * kMiB);
  EXPECT_EQ(shares.interleaver, 8 * kMiB);
  EXPECT_EQ(shares.head, 5 * kMiB);
  EXPECT_EQ(shares.queued_frames, 8);
  EXPECT_EQ(shares.parts_in_flight, 2);
  EXPECT_EQ(shares.part_size, 8 * kMiB);
  EXPECT_EQ(shares.at_first(), 65 * kMiB + 8 * media::most_buffer_bytes(k1080p));
}

TEST(MemoryShares, NeverExceedTheBudgetHoweverLongTheResult) {
  for (std::uint64_t budget = 40 * kMiB; budget <= kGiB; budget += 7 * kMiB) {
    for (const std::uint64_t frame : {std::uint64_t{0}, k720p, k1080p}) {
      const auto shares = share_memory({}, budget, store_to_store(frame));
      EXPECT_LE(shares.at_first(), budget);
      const s3::PartLayout layout(shares.part_size, {}, shares.parts);
      const std::uint64_t others =
          shares.at_first() -
          shares.part_size * static_cast<std::uint64_t>(shares.parts_in_flight + 1);
      for (int number = 2; number < s3::kMaxParts; number += 100) {
        const auto flying =
            static_cast<std::uint64_t>(layout.in_flight(number, shares.parts_in_flight));
        EXPECT_LE(others + flying * layout.size_of(number) + layout.size_of(number + 1), budget)
            << budget << " at part " << number;
      }
    }
  }
}

/// The limits that the buffers are given, added up.
std::uint64_t sum_of_limits(const MemoryShares& shares) {
  const s3::StoreBuffers store = shares.store_buffers();
  const pipeline::Limits queues = shares.queues();
  return store.read_ahead + store.parts_memory + queues.packet_bytes + queues.interleaver_bytes +
         queues.frame_bytes + shares.head;
}

TEST(MemoryShares, LimitsOfAllBuffersTogetherLieWithinTheBudget) {
  for (const std::uint64_t frame : {k66x50, k720p, k1080p, 2 * k1080p, k4k, 4 * k4k}) {
    int refused = 0;
    int shared = 0;
    for (std::uint64_t budget = kMiB; budget <= kGiB; budget += kMiB) {
      for (const std::optional<int> frames : {std::optional<int>(), std::optional(5)}) {
        try {
          const MemorySettings settings{.queued_frames = frames};
          const auto shares = share_memory(settings, budget, store_to_store(frame));
          const pipeline::Limits queues = shares.queues();
          ASSERT_LE(sum_of_limits(shares), budget) << frame;
          ASSERT_GE(queues.frame_bytes, queues.frames * media::most_buffer_bytes(frame)) << budget;
          ++shared;
        } catch (const Error&) {
          ++refused;
        }
      }
    }
    EXPECT_GT(refused, 0) << frame;
    EXPECT_GT(shared, 1000) << frame;
  }
}

TEST(MemoryShares, ATooSmallBudgetIsRefusedWithTheOneThatDoes) {
  for (const std::uint64_t frame : {k720p, k1080p, k4k, 4 * k4k}) {
    const auto needs = store_to_store(frame);
    std::uint64_t smallest = kMiB;
    try {
      share_memory({}, smallest, needs);
      ADD_FAILURE() << "a budget of 1 MiB was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
      const std::string hint = error.info().hint;
      smallest = std::stoull(hint.substr(hint.find("--memory ") + 9)) * kMiB;
    }
    EXPECT_NO_THROW(share_memory({}, smallest, needs));
    EXPECT_THROW(share_memory({}, smallest - kMiB, needs), Error);
  }
}

TEST(MemoryShares, WhatTheUserChoseIsKeptOrRefused) {
  const MemorySettings chosen{
      .read_ahead = 48 * kMiB, .part_size = 16 * kMiB, .parts_in_flight = 3, .queued_frames = 4};
  const auto shares = share_memory(chosen, kGiB, store_to_store(k1080p));
  EXPECT_EQ(shares.read_ahead, 48 * kMiB);
  EXPECT_EQ(shares.part_size, 16 * kMiB);
  EXPECT_EQ(shares.parts_in_flight, 3);
  EXPECT_EQ(shares.queued_frames, 4);
  try {
    share_memory(chosen, 100 * kMiB, store_to_store(k1080p));
    ADD_FAILURE() << "it does not fit";
  } catch (const Error& error) {
    EXPECT_THAT(error.info().hint, HasSubstr("smaller --read-ahead"));
  }
}

TEST(MemoryShares, AResultThatPartsOfTheBudgetCannotHoldIsRefusedAtTheStart) {
  auto needs = store_to_store(0);
  needs.expected_bytes = 400 * kGiB;
  EXPECT_NO_THROW(share_memory({}, kGiB, needs));
  EXPECT_THROW(share_memory({}, 64 * kMiB, needs), Error);
}

TEST(MemoryShares, OnlyWhatAJobHasIsCounted) {
  const auto local = share_memory({}, kGiB, {.frame_bytes = k1080p});
  EXPECT_EQ(local.read_ahead + local.part_size, 0U);
  EXPECT_EQ(local.at_first(), 17 * kMiB + 8 * media::most_buffer_bytes(k1080p));
  const auto copied = share_memory({}, kGiB, {});
  EXPECT_EQ(copied.at_first(), 13 * kMiB);
}

}  // namespace
}  // namespace s3reel::app
