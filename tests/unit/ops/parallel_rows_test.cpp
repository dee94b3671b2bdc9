#include "ops/parallel_rows.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/media/frames.h"
#include "unit/ops/started.h"

namespace s3reel::ops {
namespace {

using testing::ElementsAre;

struct Entries {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> made{0};
};

/// Works longer on earlier frames, so that later ones are done before.
class Dawdler final : public Op {
 public:
  explicit Dawdler(Entries& entries) : entries_(entries) { ++entries_.made; }

  [[nodiscard]] std::string name() const override { return "dawdler"; }

  [[nodiscard]] OpContract contract() const override { return {.temporal = Temporal::stateless}; }

  void push(Frame frame, const Emit& emit) override {
    const int now = ++entries_.inside;
    int most = entries_.most;
    while (now > most && !entries_.most.compare_exchange_weak(most, now)) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(frame.pts() % 2 == 0 ? 6 : 1));
    --entries_.inside;
    if (frame.pts() == 13) {
      throw std::runtime_error("unlucky");
    }
    emit(std::move(frame));
  }

 private:
  Entries& entries_;
};

struct Parallel {
  Entries entries;
  std::vector<std::int64_t> out;

  test::Started chain{
      {[this] {
        return std::make_unique<Dawdler>(entries);
      }},
      {},
      3};

  Hand hand() {
    return [this](Item item) {
      out.push_back(item.frame->pts);
    };
  }

  void push(std::int64_t pts) { chain.push(test::blank_frame({.pts = pts}), hand()); }
};

TEST(ParallelRows, SeveralFramesAreWorkedOnAtOnceAndLeaveInOrder) {
  Parallel parallel;
  std::vector<std::int64_t> in;
  for (int i = 20; i < 60; ++i) {
    in.push_back(i);
    parallel.push(i);
  }
  parallel.chain.flush(parallel.hand());
  EXPECT_EQ(parallel.out, in);
  EXPECT_EQ(parallel.entries.most, 3) << "three workers, three frames inside at once";
  EXPECT_EQ(parallel.entries.made, 3) << "an instance for each worker";
}

TEST(ParallelRows, NoMoreFramesAreHeldThanItSays) {
  Parallel parallel;
  std::size_t pushed = 0;
  for (int i = 20; i < 50; ++i) {
    parallel.push(i);
    ++pushed;
    ASSERT_LE(pushed - parallel.out.size(), 3 + ParallelRows::kFramesWaiting);
  }
  EXPECT_EQ(parallel.chain.frames_held().always, ParallelRows::kFramesWaiting);
  EXPECT_EQ(parallel.chain.frames_held().by_worker, 2U);
}

TEST(ParallelRows, AFailureComesInTheFramesTurn) {
  Parallel parallel;
  const auto run = [&] {
    for (int i = 10; i < 30; ++i) {
      parallel.push(i);
    }
  };
  EXPECT_THROW(run(), Error);
  EXPECT_THAT(parallel.out, ElementsAre(10, 11, 12));
}

TEST(ParallelRows, EndsWhileFramesAreInside) {
  Parallel parallel;
  for (int i = 20; i < 24; ++i) {
    parallel.push(i);
  }
}  // the workers are joined here

}  // namespace
}  // namespace s3reel::ops
