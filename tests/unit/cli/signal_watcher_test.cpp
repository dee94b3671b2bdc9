#include "cli/signal_watcher.h"

#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace s3reel::cli {
namespace {

/// Waits until a stop is requested; the limit is only there to end a broken run.
bool stopped(const std::stop_token& token) {
  std::promise<void> promise;
  auto future = promise.get_future();
  const std::stop_callback callback(token, [&promise] { promise.set_value(); });
  return future.wait_for(std::chrono::minutes(1)) == std::future_status::ready;
}

/// Whoever runs the tests may have them ignore it.
void heed(int signal) {
  std::signal(signal, SIG_DFL);
}

TEST(SignalWatcher, TheFirstSignalRequestsAStopAndSaysSo) {
  std::string said;
  {
    SignalWatcher watcher([&said](const std::string& text) { said = text; });
    EXPECT_FALSE(watcher.token().stop_requested());
    EXPECT_EQ(watcher.signal(), 0);
    ::kill(::getpid(), SIGTERM);
    ASSERT_TRUE(stopped(watcher.token()));
    EXPECT_EQ(watcher.signal(), SIGTERM);
  }
  EXPECT_EQ(said, "stopping, cleaning up…");
}

TEST(SignalWatcher, TheStopDoesNotWaitForTheWords) {
  std::promise<void> reader;
  SignalWatcher watcher([&reader](const std::string&) { reader.get_future().wait(); });
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(stopped(watcher.token()));
  reader.set_value();
}

TEST(SignalWatcher, SeesInterruptAndHangUp) {
  for (const int signal : {SIGINT, SIGHUP}) {
    heed(signal);
    SignalWatcher watcher([](const std::string&) {});
    ::kill(::getpid(), signal);
    ASSERT_TRUE(stopped(watcher.token()));
    EXPECT_EQ(watcher.signal(), signal);
  }
}

TEST(SignalWatcher, EndsWithoutASignal) {
  const SignalWatcher watcher([](const std::string&) {});
  EXPECT_FALSE(watcher.token().stop_requested());
}

void expect_ignored(int ignored, int heeded) {
  const auto before = std::signal(ignored, SIG_IGN);
  heed(heeded);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, ignored);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  {
    SignalWatcher watcher([](const std::string&) {});
    ::kill(::getpid(), ignored);
    ::kill(::getpid(), heeded);
    ASSERT_TRUE(stopped(watcher.token()));
    EXPECT_EQ(watcher.signal(), heeded);
  }
  std::signal(ignored, before);
}

TEST(SignalWatcher, AHangUpIgnoredByNohupStaysIgnored) {
  expect_ignored(SIGHUP, SIGTERM);
}

TEST(SignalWatcher, AnInterruptIgnoredByAScriptStaysIgnored) {
  expect_ignored(SIGINT, SIGTERM);
}

TEST(SignalWatcher, ATerminationIgnoredByTheCallerStaysIgnored) {
  expect_ignored(SIGTERM, SIGINT);
}

void send_two(int first, int second, const std::function<void(const std::string&)>& say) {
  ::alarm(60);  // only there to end a broken run
  heed(first);
  heed(second);
  SignalWatcher watcher(say);
  ::kill(::getpid(), first);
  if (stopped(watcher.token())) {
    ::kill(::getpid(), second);
    ::pause();  // the watching thread ends the process
  }
}

TEST(SignalWatcherDeathTest, TheSecondSignalEndsTheProcessAtOnce) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto say = [](const std::string& text) {
    static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()));
  };
  EXPECT_EXIT(
      send_two(SIGTERM, SIGINT, say), testing::ExitedWithCode(128 + SIGINT), "upload may be left");
  EXPECT_EXIT(
      send_two(SIGINT, SIGTERM, say), testing::ExitedWithCode(128 + SIGTERM), "stopped at once");
}

TEST(SignalWatcherDeathTest, TheSecondSignalDoesNotWaitForTheWords) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto never_said = [](const std::string&) {
    ::pause();
  };
  EXPECT_EXIT(send_two(SIGTERM, SIGINT, never_said), testing::ExitedWithCode(128 + SIGINT), "");
}

}  // namespace
}  // namespace s3reel::cli
