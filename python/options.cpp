#include "options.h"

#include <cstdint>

#include "cli/arguments.h"
#include "cli/option_table.h"
#include "cli/values.h"
#include "s3reel/error.h"

namespace s3reel::python {
namespace {

void refuse_those_of_the_console(const cli::Invocation& asked) {
  if (asked.command == cli::Command::help) {
    refuse_option("help", "help(s3reel) has the module's own words");
  }
  if (asked.verbosity == cli::Verbosity::quiet) {
    refuse_option("quiet", "what is said goes to logging.getLogger(\"s3reel\")");
  }
  if (asked.verbosity == cli::Verbosity::verbose) {
    refuse_option("verbose", "logging.getLogger(\"s3reel\") has it all at the level DEBUG");
  }
  if (asked.progress != cli::ProgressMode::automatic) {
    refuse_option("progress", "s3reel.process() calls the function that is given to it");
  }
  if (asked.print_format != cli::PrintFormat::text) {
    refuse_option("json", "what is returned is a dict");
  }
  if (!asked.python.empty()) {
    refuse_option("python", "give the callable itself as one of the ops");
  }
  if (asked.report_file == "-") {
    refuse_option("report=\"-\"", "give the report a file; the one that is returned is a dict");
  }
}

}  // namespace

void refuse_option(const std::string& name, const std::string& hint) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = name,
      .reason = "this is an option of the command alone",
      .hint = hint});
}

cli::Invocation asked_by(const Words& words) {
  cli::Invocation asked = cli::parse_arguments(strings_of(words));
  refuse_those_of_the_console(asked);
  return asked;
}

std::map<std::string, std::string> options_of(const std::string& command) {
  std::map<std::string, std::string> kinds;
  for (const cli::CommandSpec& spec : cli::command_table()) {
    if (spec.name != command) {
      continue;
    }
    for (const cli::OptionSpec& option : spec.options) {
      kinds[option.names.front()] = option.placeholder.empty()           ? "flag"
                                    : option.repeat == cli::Repeat::once ? "one"
                                                                         : "many";
    }
  }
  return kinds;
}

Location location_of(const Words& words) {
  return asked_by(words).object;
}

MemorySettings memory_of(const std::string& budget) {
  MemorySettings settings;
  if (!budget.empty()) {
    constexpr cli::Range kAny{.lowest = 1, .highest = INT64_MAX};
    settings.budget = cli::parse_size({"memory", budget}, kAny);
  }
  return settings;
}

}  // namespace s3reel::python
