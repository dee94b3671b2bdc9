#include "base/units.h"

#include <array>

#include <fmt/format.h>

namespace s3reel::base {

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < kKiB) {
    return fmt::format("{} B", bytes);
  }
  constexpr std::array<const char*, 4> kNames{"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / static_cast<double>(kKiB);
  std::size_t name = 0;
  while (value >= 1024.0 && name + 1 < kNames.size()) {
    value /= 1024.0;
    ++name;
  }
  return fmt::format("{:.1f} {}", value, kNames.at(name));
}

}  // namespace s3reel::base
