#pragma once

/// From an exception to what the user sees and the shell gets.

#include <exception>

#include "cli/console.h"
#include "s3reel/error.h"

namespace s3reel::cli {

inline constexpr int kExitBySignal = 128;  ///< what shells add to a signal's number

/// The exit code for a kind of error. `signal` is the one that interrupted the job, 0 if none did;
/// an interruption without a signal counts as SIGINT.
int exit_code(ErrorKind kind, int signal);

/// Describes any exception. One that is not an Error is a defect in s3reel and says so.
Failure describe_failure(const std::exception_ptr& error, int signal);

}  // namespace s3reel::cli
