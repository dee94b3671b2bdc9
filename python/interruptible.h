#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <nanobind/nanobind.h>

#include "interruption.h"
#include "lifetime.h"
#include "s3reel/error.h"
#include "voice.h"

namespace s3reel::python {

/// What becomes of a result where a signal's handler, or a callback, raised before it was returned.
enum class OnRaise {
  drop_result,  ///< it can be had again: raised is what they raised
  keep_result   ///< something was published: it is returned, and the exception comes behind it
};

struct Waiting {
  OnRaise on_raise = OnRaise::drop_result;
  /// Called with the GIL several times a second, and once more when the work has ended.
  std::function<void()> look = [] {
  };
};

inline bool is_interrupted(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.info().kind == ErrorKind::interrupted;
  } catch (...) {
    return false;
  }
}

template <class Result>
struct AtWork {
  explicit AtWork(std::function<Result()> work)
      : task(std::move(work)), result(task.get_future()), thread([this] { task(); }) {}

  std::packaged_task<Result()> task;
  std::future<Result> result;
  std::jthread thread;
};

/// Runs `work` on a thread of its own and waits for it without the GIL, which ops of Python need.
/// What it says in `voice` is logged meanwhile, the last of it before the return. A signal's
/// handler that raises, as that of Ctrl-C does, or a `look` that throws, stops the work; where the
/// work was interrupted by that, it is what this throws. The interpreter's end stops it as well.
template <class Result>
Result run_interruptibly(
    const std::function<Result(std::stop_token)>& work, Voice& voice, const Waiting& waiting = {}) {
  constexpr std::chrono::milliseconds kLook(50);
  std::stop_source stop;
  const Call call(stop);
  const std::unique_ptr<AtWork<Result>, DeleteAtBirthplace> job(
      new AtWork<Result>([&] { return work(stop.get_token()); }));
  Interruption interruption;
  for (bool ended = false; !ended;) {
    {
      const GilReleased released;
      ended = job->result.wait_for(kLook) == std::future_status::ready;
    }
    // First: a handler that runs in the midst of the others looks like what they raise.
    interruption.look_at_signals();
    interruption.look_always([&] { voice.log(); });
    interruption.look(waiting.look);
    if (interruption.came()) {
      stop.request_stop();
    }
    if (!call.is_here()) {  // one of them called fork(), and here is nobody to wait for
      if (interruption.came()) {
        interruption.raise_now();
      }
      call.check();
    }
  }
  {
    const GilReleased released;
    job->thread.join();
  }
  std::optional<Result> result;
  std::exception_ptr failure;
  try {
    result.emplace(job->result.get());
  } catch (...) {
    failure = std::current_exception();
  }
  const bool drops = failure ? is_interrupted(failure) : waiting.on_raise == OnRaise::drop_result;
  if (interruption.came() && drops) {
    interruption.raise_now();
  }
  interruption.raise_behind();
  if (failure) {
    std::rethrow_exception(failure);
  }
  return std::move(*result);
}

/// For an object whose calls end for good when a signal's handler raises during one of them, or the
/// interpreter ends.
class StoppedBySignals {
 protected:
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

  /// For all that the object says.
  [[nodiscard]] Voice& voice() { return voice_; }

  /// Ends the call that another thread is in, and all that follow.
  void request_stop() { stop_.request_stop(); }

  template <class Result>
  Result run(const std::function<Result()>& work, OnRaise on_raise = OnRaise::drop_result) {
    return run_interruptibly<Result>(
        [&](const std::stop_token& stop) {
          const std::stop_callback on_stop(stop, [this] { stop_.request_stop(); });
          return work();
        },
        voice_,
        {.on_raise = on_raise});
  }

 private:
  std::stop_source stop_;
  Voice voice_;
};

}  // namespace s3reel::python
