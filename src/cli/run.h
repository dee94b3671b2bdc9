#pragma once

/// From the command line to the exit code.

#include <cstddef>
#include <functional>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/engine.h"

namespace s3reel::cli {

enum class Screen {
  terminal,
  dumb,  ///< a terminal that cannot move its cursor
  other
};

/// Where the command's words go. The streams outlive the run.
struct Host {
  std::ostream& out;
  std::ostream& err;
  Screen err_screen = Screen::other;         ///< what `err` is
  std::function<std::size_t()> err_width{};  ///< columns of a terminal
  /// Waits until `err` can be written to; false when a stop is requested and nobody reads. Empty:
  /// it always can.
  std::function<bool(const std::stop_token&)> err_ready{};
};

/// Standard output and standard error.
Host process_host();

/// Runs one command and returns its exit code (docs/exit-codes.md). `arguments` are those behind
/// the program's name. Throws nothing: every failure is said on host.err. Call it before other
/// threads exist: it blocks the signals that it watches (SignalWatcher).
int run(const std::vector<std::string>& arguments, const Engine& engine, const Host& host) noexcept;

}  // namespace s3reel::cli
