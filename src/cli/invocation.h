#pragma once

/// What the user asked for: the command line as plain data.

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "s3reel/clean.h"
#include "s3reel/job.h"

namespace s3reel::cli {

enum class Command { process, probe, presign, clean, ops, plugin, help, version };

enum class ProgressMode {
  automatic,  ///< bar on a terminal, plain otherwise
  bar,        ///< one line, redrawn
  plain,      ///< a line every ten seconds
  json,       ///< everything on standard error is one JSON object a line
  none
};

enum class Verbosity {
  quiet,  ///< errors and losses
  normal,
  verbose  ///< decisions and requests as well
};

enum class RunMode { run, dry_run };
enum class PrintFormat { text, json };

struct Invocation {
  Command command = Command::help;
  Job job{};  ///< of process
  /// Ops of `job`, by their places, whose code is a callable of Python, and which one.
  std::map<std::size_t, std::string> python{};
  RunMode mode = RunMode::run;
  std::string report_file{};  ///< empty: none; - is standard output
  ProgressMode progress = ProgressMode::automatic;
  Verbosity verbosity = Verbosity::normal;
  Location object{};                             ///< of probe, presign and clean
  PrintFormat print_format = PrintFormat::text;  ///< of probe, clean and ops
  CleanOptions cleaning{};
  std::string op{};   ///< of ops; empty: all
  PluginOp plugin{};  ///< of plugin
  std::chrono::seconds expires = std::chrono::hours(1);
  std::string method = "GET";
  std::string help_text{};  ///< of help
};

}  // namespace s3reel::cli
