#include <cstdlib>
#include <iostream>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/run.h"

namespace s3reel::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

/// A terminal that can move its cursor; "dumb" ones, as in some editors, cannot.
Screen screen_of(int descriptor) {
  const char* const term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): no threads yet
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return ::isatty(descriptor) == 1 && !dumb ? Screen::terminal : Screen::other;
}

std::size_t width_of(int descriptor) {
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kUsualWidth;
}

}  // namespace

Host process_host() {
  return Host{
      .out = std::cout, .err = std::cerr, .err_screen = screen_of(STDERR_FILENO), .err_width = [] {
        return width_of(STDERR_FILENO);
      }};
}

}  // namespace s3reel::cli
