#include "cli/signal_watcher.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <future>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/failure.h"

namespace s3reel::cli {
namespace {

constexpr auto kLastWords = std::chrono::milliseconds(200);  // for whoever still reads

int checked(int descriptor, const char* what) {
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return descriptor;
}

bool is_ignored(int signal) {
  struct sigaction action {};

  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int block_and_open() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) {
      sigaddset(&set, signal);
    }
  }
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  }
  return checked(::signalfd(-1, &set, SFD_CLOEXEC), "signalfd");
}

}  // namespace

SignalWatcher::Descriptor::~Descriptor() {
  ::close(value_);
}

SignalWatcher::SignalWatcher(std::function<void(const std::string&)> say, std::stop_source source)
    : say_(std::move(say)),
      signals_(block_and_open()),
      wake_(checked(::eventfd(0, EFD_CLOEXEC), "eventfd")),
      source_(std::move(source)),
      thread_([this] { watch(); }) {}

SignalWatcher::~SignalWatcher() {
  const std::uint64_t one = 1;
  // An eventfd at zero always takes a one.
  static_cast<void>(::write(wake_.get(), &one, sizeof one));
}

void SignalWatcher::watch() {
  std::array<pollfd, 2> waiting{
      pollfd{.fd = wake_.get(), .events = POLLIN, .revents = 0},
      pollfd{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
  for (;;) {
    const int ready = ::poll(waiting.data(), waiting.size(), -1);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready < 0 || waiting[0].revents != 0) {
      return;
    }
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      received(static_cast<int>(info.ssi_signo));
    }
  }
}

void SignalWatcher::received(int signal) {
  int none = 0;
  if (!signal_.compare_exchange_strong(none, signal)) {
    leave(signal);
  }
  source_.request_stop();
  notice_ = std::jthread([this] { say_("stopping, cleaning up…"); });
}

void SignalWatcher::leave(int signal) {
  std::promise<void> said;
  const auto all_said = said.get_future();
  const std::jthread words([this, &said] {
    say_("stopped at once; an unfinished upload may be left in the destination's bucket");
    said.set_value();
  });
  all_said.wait_for(kLastWords);
  ::_exit(kExitBySignal + signal);
}

}  // namespace s3reel::cli
