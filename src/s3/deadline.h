#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.h"

namespace s3reel::s3 {

/// A stop token that fires some time after another one was stopped (or after construction, without
/// another one). It bounds what a job still does once it was told to end: requests made under
/// token() run freely before, and for `grace` after. The clock must outlive it.
class Deadline {
 public:
  Deadline(base::Clock& clock, base::Clock::Duration grace) : Deadline(clock, grace, stopped()) {}

  Deadline(base::Clock& clock, base::Clock::Duration grace, const std::stop_token& after)
      : timer_([this, &clock, grace, after](const std::stop_token& end) {
          wait_for(after, end);
          if (!end.stop_requested() && clock.sleep_for(grace, end)) {
            source_.request_stop();
          }
        }) {}

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  static std::stop_token stopped() {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
  }

  /// Returns once either was stopped.
  static void wait_for(const std::stop_token& after, const std::stop_token& end) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::stop_callback on_stop(after, [&] {
      const std::scoped_lock lock(mutex);
      wake.notify_all();
    });
    std::unique_lock lock(mutex);
    wake.wait(lock, end, [&after] { return after.stop_requested(); });
  }

  std::stop_source source_;
  std::jthread timer_;  ///< last, so that it is joined before anything it uses goes
};

}  // namespace s3reel::s3
