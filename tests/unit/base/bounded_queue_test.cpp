#include "base/bounded_queue.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace s3reel::base {
namespace {

constexpr std::size_t kAnyBytes = 1'000'000;

TEST(BoundedQueue, DeliversInOrderAndThenSaysTheEnd) {
  BoundedQueue<int> queue({10, kAnyBytes});
  for (int i = 0; i < 3; ++i) {
    queue.push(i);
  }
  queue.close();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(queue.pop(), i);
  }
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, MovesWhatCannotBeCopied) {
  BoundedQueue<std::unique_ptr<int>> queue({1, kAnyBytes});
  queue.push(std::make_unique<int>(7));
  EXPECT_EQ(**queue.pop(), 7);
}

/// Pushes `count` items of `bytes` from a thread of its own and counts what got in.
class Pusher {
 public:
  Pusher(BoundedQueue<int>& queue, int count, std::size_t bytes)
      : thread_([this, &queue, count, bytes] {
          try {
            for (int i = 0; i < count; ++i) {
              queue.push(i, bytes);
              ++pushed_;
            }
          } catch (const Cancelled&) {
            cancelled_ = true;
          }
        }) {}

  void join() { thread_.join(); }

  void wait_for(int count) const {
    while (pushed_ < count) {
      std::this_thread::yield();
    }
  }

  /// Gives a pusher that does not block the time to show it.
  [[nodiscard]] int pushed_after_a_while() const {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return pushed_;
  }

  [[nodiscard]] bool cancelled() const { return cancelled_; }

 private:
  std::atomic<int> pushed_{0};
  std::atomic<bool> cancelled_{false};
  std::jthread thread_;
};

TEST(BoundedQueue, BlocksAtTheLimitOfItems) {
  BoundedQueue<int> queue({2, kAnyBytes});
  Pusher pusher(queue, 3, 0);
  pusher.wait_for(2);
  EXPECT_EQ(pusher.pushed_after_a_while(), 2);
  EXPECT_EQ(queue.pop(), 0);
  pusher.join();
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
}

TEST(BoundedQueue, BlocksAtTheLimitOfBytes) {
  BoundedQueue<int> queue({100, 100});
  Pusher pusher(queue, 3, 50);
  pusher.wait_for(2);
  EXPECT_EQ(pusher.pushed_after_a_while(), 2);
  EXPECT_EQ(queue.pop(), 0);
  pusher.join();
}

TEST(BoundedQueue, AdmitsAnItemLargerThanTheLimitOnlyWhenEmpty) {
  BoundedQueue<int> queue({100, 100});
  queue.push(0, 1'000);
  Pusher pusher(queue, 1, 1);
  EXPECT_EQ(pusher.pushed_after_a_while(), 0);
  EXPECT_EQ(queue.pop(), 0);
  pusher.join();
  EXPECT_EQ(queue.pop(), 0);
}

TEST(BoundedQueue, GivesBytesBackWhenItemsLeave) {
  BoundedQueue<int> queue({100, 100});
  for (int round = 0; round < 50; ++round) {
    queue.push(round, 100);
    EXPECT_EQ(queue.pop(), round);
  }
}

TEST(BoundedQueue, CloseWakesAWaitingTaker) {
  BoundedQueue<int> queue({1, kAnyBytes});
  std::jthread taker([&queue] { EXPECT_EQ(queue.pop(), std::nullopt); });
  queue.close();
}

TEST(BoundedQueue, CancelMakesBothEndsThrowAndDropsTheContents) {
  BoundedQueue<std::shared_ptr<int>> queue({10, kAnyBytes});
  auto item = std::make_shared<int>(1);
  queue.push(item);
  queue.cancel();
  EXPECT_EQ(item.use_count(), 1);
  EXPECT_THROW(queue.push(item), Cancelled);
  EXPECT_THROW(queue.pop(), Cancelled);
}

TEST(BoundedQueue, CancelOutweighsClose) {
  BoundedQueue<int> queue({10, kAnyBytes});
  queue.close();
  queue.cancel();
  EXPECT_THROW(queue.pop(), Cancelled);
}

TEST(BoundedQueue, CancelWakesABlockedPusherAndABlockedTaker) {
  BoundedQueue<int> full({1, kAnyBytes});
  Pusher pusher(full, 2, 0);
  pusher.wait_for(1);
  BoundedQueue<int> empty({1, kAnyBytes});
  std::jthread taker([&empty] { EXPECT_THROW(empty.pop(), Cancelled); });
  full.cancel();
  empty.cancel();
  pusher.join();
  EXPECT_TRUE(pusher.cancelled());
}

TEST(BoundedQueue, ManyPushersAndTakersLoseNothingAndDoubleNothing) {
  constexpr int kThreads = 3;
  constexpr int kEach = 500;
  BoundedQueue<int> queue({4, 64});
  std::vector<std::vector<int>> taken(kThreads);
  {
    std::vector<std::jthread> takers;
    for (auto& mine : taken) {
      takers.emplace_back([&queue, &mine] {
        while (const auto item = queue.pop()) {
          mine.push_back(*item);
        }
      });
    }
    {
      std::vector<std::jthread> pushers;
      for (int p = 0; p < kThreads; ++p) {
        pushers.emplace_back([&queue, p] {
          for (int i = 0; i < kEach; ++i) {
            queue.push(p * kEach + i, static_cast<std::size_t>(i % 30));
          }
        });
      }
    }
    queue.close();
  }
  std::set<int> all;
  std::size_t count = 0;
  for (const auto& mine : taken) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(count, static_cast<std::size_t>(kThreads * kEach));
  EXPECT_EQ(all.size(), count);
}

}  // namespace
}  // namespace s3reel::base
