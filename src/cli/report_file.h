#pragma once

/// Writing what the user asked to have on this machine.

#include <ostream>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/console.h"
#include "s3reel/job.h"

namespace s3reel::cli {

/// Throws Error{refused} when the file `path` cannot be written, as far as that shows without
/// opening it.
void check_report(const std::string& path);

/// Writes `text` to the file `path`, or to `out` when it is -. The file is opened only now, so that
/// a running job holds none. Throws Error{refused}.
void write_report(const std::string& path, const std::string& text, std::ostream& out);

/// The report of a job that failed, without secrets.
nlohmann::ordered_json failed_report(
    const std::string& version, const Job& job, const Failure& failure);

/// Throws Error{refused} when something written to standard output did not get there.
void flush_output(std::ostream& out);

}  // namespace s3reel::cli
