#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "s3/client.h"
#include "s3/range_chunk.h"

namespace s3reel::s3 {

/// How long a range may take before it is a straggler: three times the median of what others took,
/// at least `least`.
base::Clock::Duration straggler_patience(
    std::vector<base::Clock::Duration> others, base::Clock::Duration least);

/// A few threads that fetch ranges of one object, all pinned to the same generation. What the
/// reader waits for goes first, and one thread is kept free of read-ahead for it.
///
/// A range that the reader waits for, and that takes far longer than others did, is asked for a
/// second time from the byte it has reached; whichever brings a byte first has brought it, and the
/// other request ends. Such hedges are one for every fifty requests at most.
///
/// Used by one thread beside its own. A request's error is kept and thrown by await() to whoever
/// needs bytes it did not bring; nobody hears of errors in bytes that nobody needs.
class RangeFetcher {
 public:
  enum class Urgency { ahead, wanted };

  struct Setup {
    int threads = 2;
    base::Clock::Duration hedge_after{2'000};  ///< no range is a straggler before
  };

  /// `client` and `clock` must outlive it.
  RangeFetcher(
      RangeClient& client,
      base::Clock& clock,
      ObjectName object,
      io::SourceIdentity pinned,
      Setup setup,
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
    Urgency urgency = Urgency::ahead;
    bool hedge = false;
    base::Clock::Steady begun{};
    std::stop_source stop{};  ///< of this request alone
  };

  struct Failure {
    std::shared_ptr<const RangeChunk> chunk;
    std::exception_ptr error;
  };

  void run();
  void fetch_one(const Task& task);
  void request_rest(const Task& task);
  bool receive(RangeChunk& chunk, std::uint64_t at, std::span<const std::byte> data);
  void fail(const Task& task, std::exception_ptr error);
  void end_task(const Task& task);
  [[nodiscard]] std::optional<base::Clock::Steady> straggles_at_locked(const RangeChunk& chunk);
  void hedge_locked(const std::shared_ptr<RangeChunk>& chunk);
  [[nodiscard]] bool twin_is_due_locked(const Task& task) const;
  void promote_locked(const std::shared_ptr<RangeChunk>& chunk);
  void start_thread_locked();
  [[nodiscard]] bool runnable_locked() const;
  [[nodiscard]] std::exception_ptr error_of_locked(const RangeChunk& chunk) const;

  RangeClient& client_;
  const ObjectName object_;
  base::Clock& clock_;
  const io::SourceIdentity pinned_;
  const std::size_t max_threads_;
  const base::Clock::Duration hedge_after_;
  const std::stop_token stop_;

  std::mutex mutex_;
  std::condition_variable work_;         ///< for the threads
  std::condition_variable_any arrived_;  ///< for the reader
  // guarded by mutex_
  std::deque<Task> queue_;  ///< wanted ones first
  std::vector<Task> running_;
  std::vector<Failure> failures_;
  std::deque<base::Clock::Duration> took_;  ///< by the last ranges that came whole
  std::uint64_t begun_ = 0;                 ///< requests
  std::uint64_t hedged_ = 0;                ///< of them
  const RangeChunk* awaited_ = nullptr;     ///< by the reader
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace s3reel::s3
