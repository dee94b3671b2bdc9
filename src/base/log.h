#pragma once

#include <functional>
#include <string>
#include <utility>

namespace s3reel::base {

enum class LogLevel {
  debug,    ///< shown with -v: requests, decisions
  info,     ///< progress of the job in words
  warning,  ///< something is not kept, or was repaired
  error
};

/// Where a job's words go. Handed down through constructors, so that there is no global logger and
/// two jobs in one process do not mix. The sink must be callable from any thread.
class Log {
 public:
  using Sink = std::function<void(LogLevel, const std::string&)>;

  Log() = default;

  explicit Log(Sink sink) : sink_(std::move(sink)) {}

  void debug(const std::string& text) const { write(LogLevel::debug, text); }

  void info(const std::string& text) const { write(LogLevel::info, text); }

  void warn(const std::string& text) const { write(LogLevel::warning, text); }

  void write(LogLevel level, const std::string& text) const {
    if (sink_) {
      sink_(level, text);
    }
  }

 private:
  Sink sink_;
};

}  // namespace s3reel::base
