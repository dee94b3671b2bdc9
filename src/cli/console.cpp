#include "cli/console.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report_json.h"
#include "cli/progress_text.h"
#include "cli/text.h"

namespace s3reel::cli {
namespace {

const char* const kClearLine = "\r\x1b[K";

}  // namespace

Console::Console(std::ostream& stream, Settings settings)
    : stream_(stream), settings_(std::move(settings)) {}

double Console::interval_seconds() const {
  switch (settings_.progress) {
    case ProgressMode::bar:
      return 0.2;
    case ProgressMode::json:
      return 1.0;
    default:
      return 10.0;
  }
}

void Console::on_progress(const Progress& progress) {
  if (settings_.progress == ProgressMode::none) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  const bool begins_publishing = progress.publishing && !last_.progress.publishing;
  last_ = meter_.add(progress);
  last_is_drawn_ = false;
  const double since = progress.elapsed_seconds - last_drawn_seconds_;
  // A bar is there from the start; a log line that says "0 frames" helps nobody.
  const bool first = !any_progress_ && settings_.progress != ProgressMode::plain;
  any_progress_ = true;
  if (first || begins_publishing || since >= interval_seconds()) {
    draw_locked(last_);
  }
}

std::size_t Console::piece_length(std::string_view text) const {
  return settings_.is_terminal ? std::clamp<std::size_t>(text.find('\n'), 1, kTerminalPieceBytes)
                               : kPieceBytes;
}

void Console::write_locked(std::string_view text) {
  while (!text.empty() && (!settings_.ready || settings_.ready())) {
    const auto piece = text.substr(0, piece_length(text));
    stream_ << piece << std::flush;
    text.remove_prefix(piece.size());
  }
}

void Console::draw_locked(const Snapshot& now) {
  switch (settings_.progress) {
    case ProgressMode::bar: {
      // The last column stays free: some terminals wrap as soon as it is written.
      const auto width = std::max<std::size_t>(settings_.width ? settings_.width() : 80, 2) - 1;
      write_locked(kClearLine + bar_line(now, width));
      bar_visible_ = true;
      break;
    }
    case ProgressMode::json:
      write_locked(json_line(now) + "\n");
      break;
    default:
      write_locked("s3reel: " + plain_line(now) + "\n");
      break;
  }
  last_drawn_seconds_ = now.progress.elapsed_seconds;
  last_is_drawn_ = true;
}

void Console::clear_bar_locked() {
  if (bar_visible_) {
    write_locked(kClearLine);
    bar_visible_ = false;
  }
}

void Console::print_locked(const std::string& level, const std::string& text) {
  const auto line = without_secrets(one_line(text));
  if (settings_.progress == ProgressMode::json) {
    const nlohmann::ordered_json json{
        {"event", "message"}, {"level", level.empty() ? "info" : level}, {"text", line}};
    write_locked(app::to_line(json) + "\n");
    return;
  }
  const bool redraw = bar_visible_;
  clear_bar_locked();
  write_locked(fmt::format("s3reel: {}{}{}\n", level, level.empty() ? "" : ": ", line));
  if (redraw) {
    draw_locked(last_);
  }
}

void Console::on_message(Level level, const std::string& text) {
  const std::scoped_lock lock(mutex_);
  const bool quiet = settings_.verbosity == Verbosity::quiet;
  switch (level) {
    case Level::debug:
      if (settings_.verbosity == Verbosity::verbose) {
        print_locked("debug", text);
      }
      break;
    case Level::info:
      if (!quiet) {
        print_locked("", text);
      }
      break;
    case Level::warning:
      if (!quiet) {
        print_locked("warning", text);
        warned_.insert(text);
      }
      break;
    case Level::error:
      print_locked("error", text);
      break;
  }
}

void Console::say(const std::string& text) {
  on_message(Level::info, text);
}

void Console::say_loss(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  if (warned_.insert(text).second) {
    print_locked("warning", text);
  }
}

void Console::say_failure(const Failure& failure) {
  const std::scoped_lock lock(mutex_);
  if (settings_.progress != ProgressMode::json) {
    print_locked("error", failure.message);
    return;
  }
  nlohmann::ordered_json json{{"event", "error"}};
  json.update(app::error_json(failure.info, failure.exit_code, failure.message));
  write_locked(app::to_line(json) + "\n");
}

void Console::finish_progress() {
  const std::scoped_lock lock(mutex_);
  if (!any_progress_) {
    return;
  }
  if (!last_is_drawn_) {
    draw_locked(last_);
  }
  if (bar_visible_) {
    write_locked("\n");
    bar_visible_ = false;
  }
  any_progress_ = false;
}

void Console::drop_progress() {
  const std::scoped_lock lock(mutex_);
  clear_bar_locked();
  any_progress_ = false;
}

}  // namespace s3reel::cli
