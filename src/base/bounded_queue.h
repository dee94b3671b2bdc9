#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/cancelled.h"

namespace s3reel::base {

/// Bounded FIFO between two stages. Holds at most `items` items and `bytes` bytes; an item larger
/// than `bytes` is admitted when the queue is empty, so the overshoot is one item.
/// close() means end of stream, cancel() means that somebody failed.
/// Any number of threads may call any member.
template <class T>
class BoundedQueue {
 public:
  struct Limits {
    std::size_t items;
    std::size_t bytes;
  };

  explicit BoundedQueue(Limits limits) : limits_(limits) {}

  /// Blocks while full. Throws Cancelled after cancel().
  void push(T item, std::size_t bytes = 0) {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return cancelled_ || fits_locked(bytes); });
    if (cancelled_) {
      throw Cancelled();
    }
    items_.push_back(Entry{std::move(item), bytes});
    bytes_ += bytes;
    not_empty_.notify_one();
  }

  /// Blocks while empty. nullopt: closed and drained. Throws Cancelled after cancel().
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [&] { return cancelled_ || closed_ || !items_.empty(); });
    if (cancelled_) {
      throw Cancelled();
    }
    if (items_.empty()) {
      return std::nullopt;
    }
    Entry entry = std::move(items_.front());
    items_.pop_front();
    bytes_ -= entry.bytes;
    not_full_.notify_all();
    return std::move(entry.item);
  }

  /// Blocks while empty, `patience` at most. True: pop() will not block.
  bool wait_for(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return not_empty_.wait_for(
        lock, patience, [&] { return cancelled_ || closed_ || !items_.empty(); });
  }

  /// The producer is done; what is queued is still delivered.
  void close() noexcept {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    not_empty_.notify_all();
  }

  /// Drops the contents; push() and pop() throw from now on.
  void cancel() noexcept {
    const std::scoped_lock lock(mutex_);
    cancelled_ = true;
    items_.clear();
    bytes_ = 0;
    not_empty_.notify_all();
    not_full_.notify_all();
  }

 private:
  struct Entry {
    T item;
    std::size_t bytes;
  };

  [[nodiscard]] bool fits_locked(std::size_t bytes) const {
    return items_.empty() || (items_.size() < limits_.items && bytes_ + bytes <= limits_.bytes);
  }

  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  // guarded by mutex_
  std::deque<Entry> items_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
  bool cancelled_ = false;
};

}  // namespace s3reel::base
