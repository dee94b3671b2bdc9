#include "s3/retry.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "http/client.h"

namespace s3reel::s3 {
namespace {

using std::chrono::milliseconds;

constexpr int kBucketSize = 500;
constexpr int kRetryCost = 5;
constexpr int kTransportCost = 10;
constexpr int kFirstTryReward = 1;
// A call that gets a little further each time ends as well.
constexpr int kAttemptsWithProgressFactor = 10;
constexpr milliseconds kShortestConnect{1};

[[noreturn]] void give_up(const Error& last, int attempts, milliseconds spent) {
  ErrorInfo info = last.info();
  if (attempts > 1) {
    info.reason = fmt::format(
        "{} (gave up after {} attempts in {:.1f} s)",
        info.reason,
        attempts,
        static_cast<double>(spent.count()) / 1'000.0);
  }
  if (info.hint.empty()) {
    info.hint = "try again later";
  }
  throw Error(info);
}

}  // namespace

Random system_random() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

/// State of one run().
struct Retrier::Call {
  base::Clock::Steady begin;
  int attempts = 0;          ///< in all, corrections not counted
  int without_progress = 0;  ///< since the last progress
  int taken = 0;             ///< tokens
};

Retrier::Retrier(const RetrySettings& settings, base::Clock& clock, Random random)
    : settings_(settings), clock_(clock), random_(std::move(random)), tokens_(kBucketSize) {}

void Retrier::run(const std::function<void(Attempt&)>& attempt, const std::stop_token& stop) {
  Call call{.begin = clock_.now()};
  bool fresh = false;
  for (int number = 1;; ++number) {
    if (stop.stop_requested()) {
      throw base::Cancelled();
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline(call) - clock_.now());
    Attempt current{
        .number = number,
        .fresh_connection = fresh,
        .connect_timeout =
            std::max(kShortestConnect, std::min(milliseconds(settings_.connect_timeout_ms), left))};
    std::optional<milliseconds> wait;
    const auto decide = [&](const Error& error, Failure failure) {
      const bool again = error.info().retryable || current.corrected;
      wait = again ? wait_before_next(call, current, failure) : std::nullopt;
      if (!wait) {
        if (!again) {
          throw;  // the store's final word, as it is
        }
        give_up(
            error,
            call.attempts,
            std::chrono::duration_cast<milliseconds>(clock_.now() - call.begin));
      }
    };
    try {
      attempt(current);
      succeeded(call);
      return;
    } catch (const base::Cancelled&) {
      throw;
    } catch (const http::NotConnected& error) {
      decide(error, Failure::not_connected);
      fresh = true;
    } catch (const Error& error) {
      const bool transport = error.info().http_status == 0;
      decide(error, transport ? Failure::transport : Failure::answered);
      fresh = transport;
    }
    if (!clock_.sleep_for(*wait, stop)) {
      throw base::Cancelled();
    }
  }
}

std::uint64_t Retrier::retries() const {
  const std::scoped_lock lock(mutex_);
  return retries_;
}

void Retrier::succeeded(const Call& call) {
  const std::scoped_lock lock(mutex_);
  answered_ = true;
  tokens_ = std::min(kBucketSize, tokens_ + std::max(kFirstTryReward, call.taken));
}

std::optional<milliseconds> Retrier::wait_before_next(
    Call& call, const Attempt& attempt, Failure failure) {
  {
    const std::scoped_lock lock(mutex_);
    // A connection alone is no answer: it may be a forwarded port with nothing behind it. Since it
    // may also have broken late, in a long upload, that is worth another try.
    answered_ = answered_ || attempt.answered || failure == Failure::answered;
    if (!answered_ && !unreachable_since_) {
      unreachable_since_ = failure == Failure::not_connected ? call.begin : clock_.now();
    }
  }
  if (attempt.corrected) {
    const std::scoped_lock lock(mutex_);
    ++retries_;
    return milliseconds(0);
  }
  ++call.attempts;
  call.without_progress = attempt.progressed ? 1 : call.without_progress + 1;
  if (call.without_progress >= settings_.attempts ||
      call.attempts >= settings_.attempts * kAttemptsWithProgressFactor) {
    return std::nullopt;
  }
  const auto wait = delay(call, attempt);
  if (clock_.now() + wait >= deadline(call) || !take_tokens(call, attempt, failure)) {
    return std::nullopt;
  }
  return wait;
}

bool Retrier::take_tokens(Call& call, const Attempt& attempt, Failure failure) {
  const int cost = failure == Failure::answered ? kRetryCost : kTransportCost;
  const std::scoped_lock lock(mutex_);
  if (attempt.progressed) {
    tokens_ = std::min(kBucketSize, tokens_ + std::exchange(call.taken, 0));
  }
  if (tokens_ < cost) {
    return false;
  }
  tokens_ -= cost;
  call.taken += cost;
  ++retries_;
  return true;
}

milliseconds Retrier::delay(const Call& call, const Attempt& attempt) {
  const bool throttled = attempt.pace == Attempt::Pace::throttled;
  const std::int64_t base = throttled ? settings_.throttled_base_delay_ms : settings_.base_delay_ms;
  const std::int64_t cap = settings_.max_delay_ms;
  constexpr int kMostDoublings = 30;
  const auto doublings = std::min(call.without_progress - 1, kMostDoublings);
  const auto longest = std::min(cap, base << static_cast<unsigned>(std::max(doublings, 0)));
  double part = 0.0;
  {
    const std::scoped_lock lock(mutex_);
    part = random_();
  }
  const auto jittered =
      milliseconds(static_cast<std::int64_t>(static_cast<double>(longest) * part));
  const auto asked = std::min(attempt.retry_after.value_or(milliseconds(0)), milliseconds(cap));
  return std::max(jittered, asked);
}

base::Clock::Steady Retrier::deadline(const Call& call) const {
  const auto normal = call.begin + milliseconds(settings_.deadline_ms);
  const std::scoped_lock lock(mutex_);
  if (answered_) {
    return normal;
  }
  const auto since = unreachable_since_.value_or(call.begin);
  return std::min(normal, since + milliseconds(settings_.unreachable_deadline_ms));
}

}  // namespace s3reel::s3
