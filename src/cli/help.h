#pragma once

/// What --help shows. Lines are at most 80 columns.

#include <string>

#include "cli/option_table.h"

namespace s3reel::cli {

/// The way in: what s3reel is, its commands, examples, the environment, the exit codes.
std::string general_help();

/// One command with all its options.
std::string command_help(const CommandSpec& spec);

/// "s3reel process SOURCE DESTINATION [options]"
std::string usage_line(const CommandSpec& spec);

}  // namespace s3reel::cli
