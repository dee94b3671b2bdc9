#pragma once

/// Everything that the command says on standard error.

#include <cstddef>
#include <functional>
#include <mutex>
#include <ostream>
#include <set>
#include <string>
#include <string_view>

#include "cli/invocation.h"
#include "cli/progress_meter.h"
#include "s3reel/s3reel.h"

namespace s3reel::cli {

/// A failure as the user and the report see it.
struct Failure {
  ErrorInfo info;
  std::string message;  ///< one line, without secrets
  int exit_code = 1;
};

/// Prints messages and progress to one stream, so that a log line never tears the bar apart.
/// Any thread may call any member.
class Console final : public Observer {
 public:
  struct Settings {
    ProgressMode progress = ProgressMode::none;  ///< not automatic
    Verbosity verbosity = Verbosity::normal;
    bool is_terminal = false;              ///< the stream is one, dumb or not
    std::function<std::size_t()> width{};  ///< columns, asked at each redraw of the bar
    /// Waits until the stream takes a piece without blocking. False: a stop was requested, and what
    /// nobody reads is dropped. Empty: the stream never blocks.
    std::function<bool()> ready{};
  };

  /// Written at once at most: a pipe that can be written to at all takes as much.
  static constexpr std::size_t kPieceBytes = 4096;
  /// A terminal's room comes in units of this. A line end, which it makes two characters of, may
  /// need the next unit: it is a piece by itself.
  static constexpr std::size_t kTerminalPieceBytes = 256;

  /// The stream must outlive the console.
  Console(std::ostream& stream, Settings settings);

  void on_progress(const Progress& progress) override;
  void on_message(Level level, const std::string& text) override;

  /// Said in every mode but quiet: decisions that lose nothing, what is happening now.
  void say(const std::string& text);
  /// A loss: a warning that even --quiet shows. A text that was a message before is not repeated.
  void say_loss(const std::string& text);
  void say_failure(const Failure& failure);

  /// Ends the progress display with the last moment, on a line of its own; nothing when there was
  /// none.
  void finish_progress();
  /// Ends it without a trace, after a failure.
  void drop_progress();

 private:
  /// Bar: five times a second; a line: every ten seconds; JSON: every second.
  [[nodiscard]] double interval_seconds() const;
  [[nodiscard]] std::size_t piece_length(std::string_view text) const;
  void write_locked(std::string_view text);
  void print_locked(const std::string& level, const std::string& text);
  void clear_bar_locked();
  void draw_locked(const Snapshot& now);

  // constant after construction
  std::ostream& stream_;
  const Settings settings_;

  std::mutex mutex_;
  // guarded by mutex_
  ProgressMeter meter_;
  Snapshot last_;
  double last_drawn_seconds_ = 0.0;
  bool any_progress_ = false;
  bool last_is_drawn_ = false;
  bool bar_visible_ = false;
  std::set<std::string> warned_;
};

}  // namespace s3reel::cli
