#pragma once

#include <map>
#include <string>

#include "cli/invocation.h"
#include "s3reel/job.h"
#include "text.h"

namespace s3reel::python {

/// What the words of a call ask for: the options are the command's, so that both mean and refuse
/// the same. Throws Error{usage} for those with which a command speaks to its console.
cli::Invocation asked_by(const Words& words);

/// What follows the options in the words of `s3reel probe`, which has those of one location.
Location location_of(const Words& words);

/// A budget as the command takes it, "256M"; empty: by machine.
MemorySettings memory_of(const std::string& budget);

/// "flag", "one" or "many" values, for each option of a command by its long name; empty where there
/// is no such command.
std::map<std::string, std::string> options_of(const std::string& command);

/// The usage error for an option of the command that a call cannot have.
[[noreturn]] void refuse_option(const std::string& name, const std::string& hint);

}  // namespace s3reel::python
