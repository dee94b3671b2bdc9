#include "media/interleaver.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancelled.h"

namespace s3reel::media {
namespace {

using Density = Interleaver::Density;

constexpr std::size_t kPlenty = 100'000'000;

PacketPtr packet(std::int64_t dts, AVRational time_base = {1, 1'000}, int size = 100) {
  PacketPtr made = make_packet();
  EXPECT_EQ(av_new_packet(made.get(), size), 0);
  made->dts = dts;
  made->pts = dts;
  made->time_base = time_base;
  return made;
}

struct Popped {
  int stream;
  double seconds;
};

std::optional<Popped> pop(Interleaver& interleaver) {
  const std::optional<PacketPtr> next = interleaver.pop();
  if (!next) {
    return std::nullopt;
  }
  return Popped{
      (*next)->stream_index, static_cast<double>((*next)->dts) * av_q2d((*next)->time_base)};
}

std::vector<Popped> pop_all(Interleaver& interleaver) {
  std::vector<Popped> all;
  while (const auto next = pop(interleaver)) {
    all.push_back(*next);
  }
  return all;
}

TEST(Interleaver, OrdersByDecodeTimeAcrossTimeBasesToHalfASecond) {
  Interleaver interleaver({Density::dense, Density::dense}, kPlenty);
  for (std::int64_t i = 0; i < 250; ++i) {
    interleaver.push(0, packet(i * 3'600, {1, 90'000}));
  }
  for (std::int64_t i = 0; i < 470; ++i) {
    interleaver.push(1, packet(i * 1'024, {1, 48'000}));
  }
  interleaver.end(0);
  interleaver.end(1);
  const auto all = pop_all(interleaver);
  ASSERT_EQ(all.size(), 720U);
  double last[2] = {-1, -1};
  double furthest = 0;
  for (const Popped& one : all) {
    EXPECT_GT(one.seconds, last[one.stream]) << "order inside a stream";
    EXPECT_GT(one.seconds, furthest - 0.55) << "order among streams";
    last[one.stream] = one.seconds;
    furthest = std::max(furthest, one.seconds);
  }
}

TEST(Interleaver, KeepsRunsOfHalfASecondTogether) {
  Interleaver interleaver({Density::dense, Density::dense}, kPlenty);
  for (std::int64_t i = 0; i < 100; ++i) {
    interleaver.push(0, packet(i * 40));
    interleaver.push(1, packet(i * 40));
  }
  interleaver.end(0);
  interleaver.end(1);
  int changes = 0;
  int stream = -1;
  for (const Popped& one : pop_all(interleaver)) {
    changes += one.stream != stream ? 1 : 0;
    stream = one.stream;
  }
  EXPECT_LE(changes, 20);  // 4 s in two streams; one by one it would be 200
  EXPECT_GE(changes, 6);
}

/// Runs `work` on a thread of its own and tells whether it is done after a while.
class Background {
 public:
  template <class Work>
  explicit Background(Work work)
      : thread_([this, work = std::move(work)]() mutable {
          work();
          done_ = true;
        }) {}

  [[nodiscard]] bool done_after_a_while() const {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return done_;
  }

  void join() { thread_.join(); }

 private:
  std::atomic<bool> done_{false};
  std::jthread thread_;
};

TEST(Interleaver, WaitsForASilentDenseStream) {
  Interleaver interleaver({Density::dense, Density::dense}, kPlenty);
  interleaver.push(0, packet(0));
  Background taker([&] { EXPECT_EQ(pop(interleaver)->stream, 1); });
  EXPECT_FALSE(taker.done_after_a_while());
  interleaver.push(1, packet(-5'000));
  taker.join();
}

TEST(Interleaver, DoesNotWaitForASparseStream) {
  Interleaver interleaver({Density::dense, Density::sparse}, kPlenty);
  interleaver.push(0, packet(7));
  EXPECT_EQ(pop(interleaver)->stream, 0);
}

TEST(Interleaver, DoesNotWaitForAStreamThatEnded) {
  Interleaver interleaver({Density::dense, Density::dense}, kPlenty);
  interleaver.push(0, packet(0));
  interleaver.end(1);
  EXPECT_EQ(pop(interleaver)->stream, 0);
}

TEST(Interleaver, AtTheLimitLetsGoWhatItHas) {
  Interleaver interleaver({Density::dense, Density::dense}, 10'000);
  interleaver.push(0, packet(0, {1, 1'000}, 20'000));
  EXPECT_EQ(pop(interleaver)->stream, 0);
}

TEST(Interleaver, APusherAtTheLimitWaitsForTheTakerOnly) {
  Interleaver interleaver({Density::dense, Density::dense}, 10'000);
  interleaver.push(0, packet(0, {1, 1'000}, 20'000));
  Background pusher([&] { interleaver.push(0, packet(1, {1, 1'000}, 20'000)); });
  EXPECT_FALSE(pusher.done_after_a_while());
  EXPECT_TRUE(pop(interleaver));
  pusher.join();
  EXPECT_TRUE(pop(interleaver));
}

TEST(Interleaver, TenMinutesOfOneStreamBeforeTheOtherDoNotStopAnybody) {
  Interleaver interleaver({Density::dense, Density::dense}, 50'000);
  std::jthread feeder([&] {
    for (std::int64_t i = 0; i < 6'000; ++i) {
      interleaver.push(1, packet(i * 100));
    }
    interleaver.end(1);
    for (std::int64_t i = 0; i < 1'000; ++i) {
      interleaver.push(0, packet(i * 600));
    }
    interleaver.end(0);
  });
  EXPECT_EQ(pop_all(interleaver).size(), 7'000U);
}

TEST(Interleaver, PushersOfAllStreamsAtOnceLoseNothing) {
  Interleaver interleaver({Density::dense, Density::dense, Density::sparse}, 5'000);
  std::vector<std::jthread> pushers;
  for (int stream = 0; stream < 3; ++stream) {
    pushers.emplace_back([&interleaver, stream] {
      for (std::int64_t i = 0; i < 500; ++i) {
        interleaver.push(stream, packet(i * (stream + 1)));
      }
      interleaver.end(stream);
    });
  }
  EXPECT_EQ(pop_all(interleaver).size(), 1'500U);
}

TEST(Interleaver, EndsWhenEveryStreamEndedAndIsDrained) {
  Interleaver interleaver({Density::dense, Density::sparse}, kPlenty);
  interleaver.push(0, packet(0));
  interleaver.end(0);
  EXPECT_TRUE(pop(interleaver));
  Background taker([&] { EXPECT_FALSE(pop(interleaver)); });
  EXPECT_FALSE(taker.done_after_a_while());
  interleaver.end(1);
  taker.join();
}

TEST(Interleaver, WaitTakesNothing) {
  Interleaver interleaver({Density::dense}, kPlenty);
  interleaver.push(0, packet(3));
  interleaver.wait();
  interleaver.end(0);
  interleaver.wait();
  EXPECT_EQ(pop_all(interleaver).size(), 1U);
  interleaver.wait();
}

TEST(Interleaver, CancelWakesEverybody) {
  Interleaver interleaver({Density::dense, Density::dense}, 1'000);
  interleaver.push(0, packet(0, {1, 1'000}, 300));
  Background taker([&] {
    EXPECT_THROW(
        while (true) { interleaver.pop(); }, base::Cancelled);
  });
  EXPECT_FALSE(taker.done_after_a_while());
  interleaver.cancel();
  taker.join();
  EXPECT_THROW(interleaver.push(1, packet(0)), base::Cancelled);
  EXPECT_THROW(interleaver.wait(), base::Cancelled);
}

}  // namespace
}  // namespace s3reel::media
