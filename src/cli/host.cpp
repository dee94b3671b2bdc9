#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/run.h"

namespace s3reel::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;
/// How often a write that cannot go on looks whether the job was stopped; a slow reader has as long
/// for each line that is said after that.
constexpr int kPollMilliseconds = 100;

/// "Dumb" terminals are those in some editors.
Screen screen_of(int descriptor) {
  const char* const term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): no threads yet
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  if (::isatty(descriptor) != 1) {
    return Screen::other;
  }
  return dumb ? Screen::dumb : Screen::terminal;
}

std::size_t width_of(int descriptor) {
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualWidth;
}

/// A pipe whose reader went away counts as ready: writing to it fails and does not block.
bool wait_writable(int descriptor, const std::stop_token& stop) {
  for (;;) {
    pollfd entry{.fd = descriptor, .events = POLLOUT, .revents = 0};
    const int ready = ::poll(&entry, 1, kPollMilliseconds);
    if (ready > 0 || (ready < 0 && errno != EINTR)) {
      return true;
    }
    if (stop.stop_requested()) {
      return false;
    }
  }
}

}  // namespace

Host process_host() {
  return Host{
      .out = std::cout,
      .err = std::cerr,
      .err_screen = screen_of(STDERR_FILENO),
      .err_width = [] { return width_of(STDERR_FILENO); },
      .err_ready =
          [](const std::stop_token& stop) {
            return wait_writable(STDERR_FILENO, stop);
          }};
}

}  // namespace s3reel::cli
