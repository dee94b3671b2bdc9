#pragma once

/// Ctrl-C and its kin as a stop request.

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace s3reel::cli {

/// Watches SIGINT, SIGTERM and SIGHUP on a thread of its own, so that no code runs inside a signal
/// handler. The first one requests a stop; the second ends the process at once with 128 + its
/// number, which may leave an upload behind, and says so. Neither waits for its words: whoever
/// reads them may have stopped reading.
///
/// Construct it before any other thread is started: it blocks the three signals in the constructing
/// thread, and threads inherit that. They stay blocked when it is destroyed, because by then the
/// job's outcome is decided and a late signal must not turn a published result into a failure. A
/// signal that was ignored at the start stays ignored: SIGHUP by nohup, SIGINT by a script that
/// runs the command in its background.
class SignalWatcher {
 public:
  /// The stop is requested of `source`. `say` is called from threads of the watcher; the destructor
  /// waits until it has returned. Throws std::system_error.
  explicit SignalWatcher(
      std::function<void(const std::string&)> say, std::stop_source source = std::stop_source());
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;
  SignalWatcher(SignalWatcher&&) = delete;
  SignalWatcher& operator=(SignalWatcher&&) = delete;
  ~SignalWatcher();

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

  /// The first signal that arrived, 0 if none did. Any thread.
  [[nodiscard]] int signal() const noexcept { return signal_.load(); }

 private:
  /// A file descriptor, closed at the end.
  class Descriptor {
   public:
    explicit Descriptor(int value) : value_(value) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();

    [[nodiscard]] int get() const noexcept { return value_; }

   private:
    int value_;
  };

  void watch();
  void received(int signal);
  [[noreturn]] void leave(int signal);

  const std::function<void(const std::string&)> say_;
  const Descriptor signals_;  ///< a signalfd
  const Descriptor wake_;     ///< an eventfd that ends the thread
  std::stop_source source_;
  std::atomic<int> signal_ = 0;
  std::jthread notice_;  ///< says that the first signal was heard; started by thread_
  std::jthread thread_;  ///< last: it uses the members above
};

}  // namespace s3reel::cli
