#pragma once

#include <string>
#include <vector>

#include "s3reel/job.h"

namespace s3reel::python {

/// What follows the options in the words of `s3reel probe`, which has those of one location.
Location location_of(const std::vector<std::string>& words);

/// A budget as the command takes it, "256M"; empty: by machine.
MemorySettings memory_of(const std::string& budget);

}  // namespace s3reel::python
