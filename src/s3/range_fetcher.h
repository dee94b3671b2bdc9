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

#include "s3/client.h"
#include "s3/range_chunk.h"

namespace s3reel::s3 {

/// A few threads that fetch ranges of one object, all pinned to the same generation. What the
/// reader waits for goes first, and one thread is kept free of read-ahead for it.
///
/// Used by one thread beside its own. A request's error is kept and thrown by await() to whoever
/// needs bytes it did not bring; nobody hears of errors in bytes that nobody needs.
class RangeFetcher {
 public:
  enum class Urgency { ahead, wanted };

  RangeFetcher(
      Client& client,
      ObjectName object,
      io::SourceIdentity pinned,
      int threads,
      std::stop_token stop);
  ~RangeFetcher();
  RangeFetcher(const RangeFetcher&) = delete;
  RangeFetcher& operator=(const RangeFetcher&) = delete;

  void fetch(std::shared_ptr<RangeChunk> chunk, Urgency urgency);

  /// The chunk is not wanted any more: not begun or ended early.
  void cancel(const std::shared_ptr<RangeChunk>& chunk);

  /// Blocks until the byte at `offset` of the chunk has arrived. Throws the request's error,
  /// Cancelled after a stop.
  void await(const std::shared_ptr<RangeChunk>& chunk, std::uint64_t offset);

 private:
  struct Task {
    std::shared_ptr<RangeChunk> chunk;
    Urgency urgency;
  };

  struct Failure {
    std::shared_ptr<const RangeChunk> chunk;
    std::exception_ptr error;
  };

  void run();
  void fetch_one(const std::shared_ptr<RangeChunk>& chunk);
  bool receive(RangeChunk& chunk, std::span<const std::byte> data);
  void fail(const std::shared_ptr<RangeChunk>& chunk, std::exception_ptr error);
  void promote_locked(const std::shared_ptr<RangeChunk>& chunk);
  void start_thread_locked();
  [[nodiscard]] bool runnable_locked() const;
  [[nodiscard]] std::exception_ptr error_of_locked(const RangeChunk& chunk) const;

  Client& client_;
  const ObjectName object_;
  const io::SourceIdentity pinned_;
  const std::size_t max_threads_;
  const std::stop_token stop_;

  std::mutex mutex_;
  std::condition_variable work_;         ///< for the threads
  std::condition_variable_any arrived_;  ///< for the reader
  // guarded by mutex_
  std::deque<Task> queue_;  ///< wanted ones first
  std::vector<Task> running_;
  std::vector<Failure> failures_;
  bool reader_waits_ = false;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace s3reel::s3
