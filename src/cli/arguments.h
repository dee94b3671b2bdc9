#pragma once

/// From the words of the command line to an Invocation.

#include <string>
#include <vector>

#include "cli/invocation.h"

namespace s3reel::cli {

/// `arguments` are those behind the program's name. Throws Error{usage}. Without a command,
/// the two options of the short form mean `process … --op grayscale`.
Invocation parse_arguments(std::vector<std::string> arguments);

}  // namespace s3reel::cli
