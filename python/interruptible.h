#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <nanobind/nanobind.h>

#include "s3reel/s3reel.h"

namespace s3reel::python {

/// Keeps the newest progress for the main thread: no thread of a job waits for the GIL to tell it.
class ProgressBox final : public Observer {
 public:
  void on_progress(const Progress& progress) override {
    const std::scoped_lock lock(mutex_);
    newest_ = progress;
  }

  std::optional<Progress> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(newest_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<Progress> newest_;  ///< guarded by mutex_
};

/// Runs `work` on a thread of its own and waits for it without the GIL, which ops of Python need.
/// `look` is called with the GIL several times a second. A signal's handler that raises, as that of
/// Ctrl-C does, or a `look` that throws, stops the work; that is thrown when it has ended.
template <class Result>
Result run_interruptibly(
    const std::function<Result(std::stop_token)>& work, const std::function<void()>& look) {
  constexpr std::chrono::milliseconds kLook(50);
  std::stop_source stop;
  std::packaged_task<Result()> task([&] { return work(stop.get_token()); });
  std::future<Result> result = task.get_future();
  std::jthread thread(std::move(task));
  std::exception_ptr raised;
  for (bool ended = false; !ended;) {
    {
      const nanobind::gil_scoped_release released;
      ended = result.wait_for(kLook) == std::future_status::ready;
    }
    if (raised) {
      continue;
    }
    try {
      look();
      if (PyErr_CheckSignals() != 0) {
        throw nanobind::python_error();
      }
    } catch (...) {
      raised = std::current_exception();
      stop.request_stop();
    }
  }
  {
    const nanobind::gil_scoped_release released;
    thread.join();
  }
  if (raised) {
    std::rethrow_exception(raised);
  }
  return result.get();
}

/// For an object whose calls end for good when a signal's handler raises during one of them.
class StoppedBySignals {
 protected:
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

  /// Ends the call that another thread is in, and all that follow.
  void request_stop() { stop_.request_stop(); }

  template <class Result>
  Result run(const std::function<Result()>& work) {
    return run_interruptibly<Result>(
        [&](const std::stop_token& stop) {
          const std::stop_callback on_stop(stop, [this] { stop_.request_stop(); });
          return work();
        },
        [] {});
  }

 private:
  std::stop_source stop_;
};

}  // namespace s3reel::python
