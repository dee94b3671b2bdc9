#pragma once

/// Every command and option in one table: the parser, the help and the tests all read this, so they
/// cannot disagree. The man page and the shell completions are compared with it by a test.

#include <functional>
#include <string>
#include <vector>

#include "cli/invocation.h"
#include "cli/values.h"

namespace s3reel::cli {

enum class Repeat {
  once,
  many,
  in_order  ///< many, and the order among all such options of the line counts: the chain
};

struct OptionSpec {
  std::vector<std::string> names;  ///< "--quiet", "-q": the long name first
  std::string placeholder;         ///< of the value; empty for a flag
  std::string group;               ///< heading in the help
  std::string help;
  /// Takes the value over; throws Error{usage} when it makes no sense.
  std::function<void(Invocation&, const Given&)> apply;
  Repeat repeat = Repeat::once;
};

void append(std::vector<OptionSpec>& to, std::vector<OptionSpec> from);

struct PositionalSpec {
  std::string name;
  std::string help;
  std::function<void(Invocation&, const Given&)> apply;
  bool required = true;
};

struct CommandSpec {
  Command command;
  std::string name;
  std::string summary;
  std::vector<PositionalSpec> positionals;
  /// Applied in this order, whatever the order on the line; those of Repeat::in_order in that.
  std::vector<OptionSpec> options;
  std::string examples;
};

/// All commands in the order in which the help shows them.
const std::vector<CommandSpec>& command_table();

/// The two options of the short form, which replace the positionals of process.
inline constexpr const char* kShortFormInput = "--s3_input_path";
inline constexpr const char* kShortFormOutput = "--s3_output_path";

}  // namespace s3reel::cli
