#include "cli/console.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

namespace s3reel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using Level = Observer::Level;

struct Shown {
  explicit Shown(ProgressMode mode, Verbosity verbosity = Verbosity::normal)
      : console(stream, Console::Settings{.progress = mode, .verbosity = verbosity, .width = [] {
                                            return 60U;
                                          }}) {}

  std::string text() { return stream.str(); }

  std::vector<std::string> lines() {
    std::vector<std::string> list;
    std::istringstream input(stream.str());
    for (std::string line; std::getline(input, line);) {
      list.push_back(line);
    }
    return list;
  }

  std::ostringstream stream;
  Console console;
};

Progress at(double elapsed) {
  return Progress{
      .position_seconds = elapsed,
      .duration_seconds = 100.0,
      .frames = static_cast<std::uint64_t>(elapsed * 25.0),
      .elapsed_seconds = elapsed};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto i = text.find(part); i != std::string::npos; i = text.find(part, i + 1)) {
    ++n;
  }
  return n;
}

TEST(Console, MessagesCarryTheirLevel) {
  Shown shown(ProgressMode::none, Verbosity::verbose);
  shown.console.on_message(Level::debug, "GET");
  shown.console.on_message(Level::info, "starting");
  shown.console.on_message(Level::warning, "odd");
  shown.console.on_message(Level::error, "bad");
  EXPECT_EQ(
      shown.text(),
      "s3reel: debug: GET\ns3reel: starting\ns3reel: warning: odd\ns3reel: error: bad\n");
}

TEST(Console, DebugNeedsVerbose) {
  Shown shown(ProgressMode::none);
  shown.console.on_message(Level::debug, "GET");
  EXPECT_EQ(shown.text(), "");
}

TEST(Console, QuietLeavesErrorsAndLosses) {
  Shown shown(ProgressMode::none, Verbosity::quiet);
  shown.console.on_message(Level::info, "starting");
  shown.console.on_message(Level::warning, "odd");
  shown.console.say("note");
  shown.console.on_message(Level::error, "bad");
  shown.console.say_loss("no subtitles");
  EXPECT_EQ(shown.text(), "s3reel: error: bad\ns3reel: warning: no subtitles\n");
}

TEST(Console, ALossThatWasAWarningIsNotRepeated) {
  Shown shown(ProgressMode::none);
  shown.console.on_message(Level::warning, "no subtitles");
  shown.console.say_loss("no subtitles");
  EXPECT_EQ(shown.text(), "s3reel: warning: no subtitles\n");
}

TEST(Console, AMessageIsOnePrintableLineWithoutSecrets) {
  Shown shown(ProgressMode::none);
  shown.console.say("title \x1b[2Jx\nhttps://h/k?X-Amz-Signature=abc");
  EXPECT_EQ(shown.text(), "s3reel: title  [2Jx https://h/k?***\n");
}

TEST(Console, DropsWhatItsStreamCannotTake) {
  std::ostringstream stream;
  bool ready = false;
  Console console(stream, Console::Settings{.ready = [&ready] {
                    return ready;
                  }});
  console.say("nobody reads this");
  ready = true;
  console.say("but this");
  EXPECT_EQ(stream.str(), "s3reel: but this\n");
}

TEST(Console, AsksBeforeEachPieceOfALongLine) {
  std::ostringstream stream;
  int room = 2;
  Console console(stream, Console::Settings{.ready = [&room] {
                    return room-- > 0;
                  }});
  console.say(std::string(3 * Console::kPieceBytes, 'x'));
  EXPECT_EQ(stream.str().size(), 2 * Console::kPieceBytes);
}

/// A terminal that nobody reads. What it does not take at once would have blocked.
class UnreadTerminal final : public std::streambuf {
 public:
  UnreadTerminal() {
    ::grantpt(ours_);
    ::unlockpt(ours_);
    its_ = ::open(::ptsname(ours_), O_WRONLY | O_NOCTTY | O_NONBLOCK);  // NOLINT: one thread
  }

  ~UnreadTerminal() override {
    ::close(its_);
    ::close(ours_);
  }

  [[nodiscard]] bool takes_more() const {
    pollfd entry{.fd = its_, .events = POLLOUT, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
  }

  std::size_t refused = 0;

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const auto taken = std::max<ssize_t>(::write(its_, text, static_cast<std::size_t>(size)), 0);
    refused += static_cast<std::size_t>(size - taken);
    return size;
  }

  const int ours_ = ::posix_openpt(O_RDWR | O_NOCTTY);
  int its_ = -1;
};

TEST(Console, NeverWritesMoreThanATerminalTakes) {
  for (const std::size_t length : {0U, 70U, 100U, 246U, 3000U}) {
    UnreadTerminal terminal;
    ASSERT_TRUE(terminal.takes_more());
    std::ostream stream(&terminal);
    Console console(stream, Console::Settings{.is_terminal = true, .ready = [&terminal] {
                                                return terminal.takes_more();
                                              }});
    for (int i = 0; i < 10'000 && terminal.takes_more(); ++i) {
      console.say(std::string(length, 'x'));
    }
    EXPECT_FALSE(terminal.takes_more()) << "it is full by now";
    EXPECT_EQ(terminal.refused, 0U) << "in lines of " << length;
  }
}

TEST(ConsoleBar, IsRedrawnAtMostFiveTimesASecond) {
  Shown shown(ProgressMode::bar);
  for (int i = 0; i < 100; ++i) {
    shown.console.on_progress(at(1.0 + 0.01 * i));
  }
  const auto redraws = count(shown.text(), "\r");
  EXPECT_GE(redraws, 4U);
  EXPECT_LE(redraws, 6U);
}

TEST(ConsoleBar, StaysOnOneLineInsideTheWidth) {
  Shown shown(ProgressMode::bar);
  for (int i = 0; i < 50; ++i) {
    shown.console.on_progress(at(i));
  }
  EXPECT_EQ(count(shown.text(), "\n"), 0U);
  std::istringstream input(shown.text());
  for (std::string drawn; std::getline(input, drawn, '\r');) {
    EXPECT_LE(drawn.size(), 59U + std::string("\x1b[K").size());
  }
}

TEST(ConsoleBar, AMessageStandsAboveIt) {
  Shown shown(ProgressMode::bar);
  shown.console.on_progress(at(10.0));
  shown.console.say("hello");
  const auto text = shown.text();
  const auto message = text.find("\r\x1b[Ks3reel: hello\n");
  ASSERT_NE(message, std::string::npos) << text;
  EXPECT_THAT(text.substr(message), HasSubstr("\n\r\x1b[K 10%"));
}

TEST(ConsoleBar, EndsWithTheLastMomentAndANewline) {
  Shown shown(ProgressMode::bar);
  shown.console.on_progress(at(10.0));
  shown.console.on_progress(at(10.1));
  shown.console.on_progress(
      Progress{.position_seconds = 100.0, .duration_seconds = 100.0, .elapsed_seconds = 10.15});
  EXPECT_THAT(shown.text(), Not(HasSubstr("100%")));
  shown.console.finish_progress();
  EXPECT_THAT(shown.text(), HasSubstr("100%"));
  EXPECT_TRUE(shown.text().ends_with("\n"));
  shown.console.say("done");
  EXPECT_TRUE(shown.text().ends_with("\ns3reel: done\n"));
}

TEST(ConsoleBar, IsClearedAfterAFailure) {
  Shown shown(ProgressMode::bar);
  shown.console.on_progress(at(10.0));
  shown.console.drop_progress();
  shown.console.say_failure(Failure{.info = {}, .message = "it broke"});
  EXPECT_TRUE(shown.text().ends_with("\r\x1b[Ks3reel: error: it broke\n")) << shown.text();
}

TEST(ConsolePlain, SaysALineEveryTenSeconds) {
  Shown shown(ProgressMode::plain);
  for (int i = 1; i <= 350; ++i) {
    shown.console.on_progress(at(0.1 * i));
  }
  EXPECT_EQ(shown.lines().size(), 3U) << shown.text();
  EXPECT_THAT(shown.lines(), testing::Each(testing::StartsWith("s3reel: ")));
  EXPECT_THAT(shown.text(), Not(HasSubstr("\r")));
}

TEST(ConsolePlain, SaysAtOnceThatItPublishes) {
  Shown shown(ProgressMode::plain);
  auto progress = at(1.0);
  shown.console.on_progress(progress);
  EXPECT_EQ(shown.text(), "");
  progress.publishing = true;
  shown.console.on_progress(progress);
  EXPECT_THAT(shown.text(), HasSubstr("publishing"));
  shown.console.finish_progress();
  EXPECT_EQ(shown.lines().size(), 1U) << "the last moment was shown already";
}

TEST(ConsoleJson, EveryLineIsAnObject) {
  Shown shown(ProgressMode::json, Verbosity::verbose);
  for (int i = 1; i <= 40; ++i) {
    shown.console.on_progress(at(0.1 * i));
  }
  shown.console.on_message(Level::debug, "GET \xff");
  shown.console.say("hello");
  shown.console.say_failure(Failure{
      .info = ErrorInfo{.kind = ErrorKind::refused, .s3_code = "NoSuchKey"},
      .message = "no such key",
      .exit_code = 4});
  const auto lines = shown.lines();
  ASSERT_GE(lines.size(), 7U);
  for (const auto& line : lines) {
    EXPECT_TRUE(nlohmann::json::parse(line).contains("event")) << line;
  }
  const auto error = nlohmann::json::parse(lines.back());
  EXPECT_EQ(error.at("event"), "error");
  EXPECT_EQ(error.at("exit_code"), 4);
  EXPECT_EQ(error.at("kind"), "refused");
  EXPECT_EQ(error.at("s3_code"), "NoSuchKey");
}

TEST(ConsoleNone, ShowsNoProgress) {
  Shown shown(ProgressMode::none);
  shown.console.on_progress(at(10.0));
  shown.console.on_progress(at(60.0));
  shown.console.finish_progress();
  EXPECT_EQ(shown.text(), "");
}

}  // namespace
}  // namespace s3reel::cli
