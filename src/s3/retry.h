#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "s3reel/error.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// A random number, uniform in [0, 1). Called under a lock.
using Random = std::function<double()>;

Random system_random();

/// What one attempt is told, and what it tells back beside returning or throwing.
struct Attempt {
  int number = 1;                             ///< from 1, over the whole call
  bool fresh_connection = false;              ///< the last attempt broke its connection
  std::chrono::milliseconds connect_timeout;  ///< shortened where the deadline is near

  // told back
  enum class Pace { normal, throttled } pace = Pace::normal;
  std::optional<std::chrono::milliseconds> retry_after{};  ///< what the store asked for
  bool answered = false;    ///< something is there: an answer began, or the connection stalled
  bool progressed = false;  ///< it failed, but got further: counts as a first attempt
  bool corrected = false;   ///< it failed for a reason just put right: again at once, for free
};

/// The one retry loop under every request of one store, and its policy:
///  - an Error with retryable set is tried again, after a random part of base * 2^(n-1) (full
///    jitter; a longer base when throttled), at least what Retry-After asks for, never more than
///    max_delay_ms;
///  - at most `attempts` times without progress and ten times as often in all, and not beyond
///    deadline_ms;
///  - while nothing ever answered at the endpoint, not beyond unreachable_deadline_ms: since the
///    call began that was the first to find no connection, or since the first connection broke;
///  - retries draw on a bucket of tokens that all requests of the store share, so that an outage
///    does not multiply them (the 'standard' mode of the AWS SDKs: 500 tokens, 5 for a retry, 10
///    after a transport failure, given back on success).
/// Any thread.
class Retrier {
 public:
  Retrier(const RetrySettings& settings, base::Clock& clock, Random random);

  /// Runs `attempt` until it returns. Throws what the last attempt threw, saying how often it was
  /// tried; Cancelled after a stop request.
  void run(const std::function<void(Attempt&)>& attempt, const std::stop_token& stop);

  /// Attempts after the first, of all calls so far.
  [[nodiscard]] std::uint64_t retries() const;

 private:
  struct Call;
  enum class Failure { not_connected, transport, answered };

  void succeeded(const Call& call);
  std::optional<std::chrono::milliseconds> wait_before_next(
      Call& call, const Attempt& attempt, Failure failure);
  bool take_tokens(Call& call, const Attempt& attempt, Failure failure);
  std::chrono::milliseconds delay(const Call& call, const Attempt& attempt);
  [[nodiscard]] base::Clock::Steady deadline(const Call& call) const;

  const RetrySettings settings_;
  base::Clock& clock_;
  Random random_;

  mutable std::mutex mutex_;
  // guarded by mutex_
  int tokens_;
  std::uint64_t retries_ = 0;
  bool answered_ = false;
  std::optional<base::Clock::Steady> unreachable_since_{};
};

}  // namespace s3reel::s3
