#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "ops/row.h"

namespace s3reel::ops {

/// Runs stateless ops on several frames at once, a row of them on each worker's thread, and hands
/// results on in the order in which the frames came. One thread pushes and is handed the results.
///
/// It holds one frame more than it has workers, so that a slow frame at the front does not leave
/// the others idle at once.
class ParallelRows {
 public:
  explicit ParallelRows(std::vector<Row> rows);
  ParallelRows(const ParallelRows&) = delete;
  ParallelRows& operator=(const ParallelRows&) = delete;

  /// Drops what is waiting; ends when the workers are through with the frames that they have.
  ~ParallelRows();

  /// Blocks while it is full. Hands on what is done, and throws what a worker threw, in the order
  /// of frames.
  void push(Item item, const Hand& hand);

  /// No frame follows.
  void flush(const Hand& hand);

  /// So many more than those in work.
  static constexpr std::size_t kFramesWaiting = 1;

 private:
  struct Slot {
    Item item;
    std::vector<Item> out;
    std::exception_ptr failure;
    bool taken = false;
    bool done = false;
  };

  void work(const std::stop_token& stop, Row& row);
  [[nodiscard]] std::shared_ptr<Slot> take(const std::stop_token& stop);
  [[nodiscard]] std::shared_ptr<Slot> finished(std::size_t most_left);
  void hand_finished(std::size_t most_left, const Hand& hand);

  std::vector<Row> rows_;  ///< one for each worker
  std::mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable done_;
  std::deque<std::shared_ptr<Slot>> slots_;  ///< in order of frames; guarded by mutex_
  std::vector<std::jthread> workers_;
};

}  // namespace s3reel::ops
