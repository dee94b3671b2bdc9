#include "options.h"

#include <cstdint>

#include "cli/arguments.h"
#include "cli/values.h"

namespace s3reel::python {

Location location_of(const std::vector<std::string>& words) {
  return cli::parse_arguments(words).object;
}

MemorySettings memory_of(const std::string& budget) {
  MemorySettings settings;
  if (!budget.empty()) {
    constexpr cli::Range kAny{.lowest = 1, .highest = INT64_MAX};
    settings.budget = cli::parse_size({"memory", budget}, kAny);
  }
  return settings;
}

}  // namespace s3reel::python
