#pragma once

/// A moment of a job as text: one redrawn line, one log line, one JSON object.

#include <cstddef>
#include <string>

#include "cli/progress_meter.h"

namespace s3reel::cli {

/// At most `width` columns of ASCII. What does not fit is left out, the least important first.
std::string bar_line(const Snapshot& now, std::size_t width);

/// Everything, in words.
std::string plain_line(const Snapshot& now);

/// {"event":"progress", …}: the fields of Progress and the derived ones; null where unknown.
std::string json_line(const Snapshot& now);

}  // namespace s3reel::cli
