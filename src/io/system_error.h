#pragma once

#include <string>

#include "s3reel/error.h"

namespace s3reel::io {

/// An Error for a failed system call on a path: the reason is strerror's, the hint fits the cause.
/// Absent files and missing rights are `refused`, everything else is `unavailable`, because another
/// try can succeed once the disk has room or answers again.
Error system_error(const std::string& operation, const std::string& path, int error_number);

}  // namespace s3reel::io
