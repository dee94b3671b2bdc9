#pragma once

/// The options of `s3reel process`, without those that every command has.

#include <vector>

#include "cli/option_table.h"

namespace s3reel::cli {

std::vector<PositionalSpec> process_positionals();
std::vector<OptionSpec> process_options();

}  // namespace s3reel::cli
