#include "base/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/units.h"

namespace s3reel::base {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

/// A limit as its file says it; "max", and a file that is not there, are none.
std::uint64_t limit_in(const fs::path& file) {
  std::ifstream input(file);
  std::uint64_t bytes = 0;
  return input >> bytes ? bytes : kNone;
}

/// The smallest limit of a cgroup and those above it. A container may see its path from outside and
/// its files from inside: then only the topmost folder exists.
std::uint64_t limit_along(const fs::path& mounted, fs::path group, const char* file) {
  std::uint64_t smallest = limit_in(mounted / file);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    smallest = std::min(smallest, limit_in(mounted / group / file));
  }
  return smallest;
}

/// Lines are "4:memory:/path" for version 1 and "0::/path" for version 2 (cgroups(7)).
std::uint64_t cgroup_limit(const fs::path& root) {
  const fs::path mounted = root / "sys/fs/cgroup";
  std::uint64_t smallest = kNone;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    const auto controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    const fs::path group = line.substr(second + 1);
    if (controllers == ",,") {
      smallest = std::min(smallest, limit_along(mounted, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      smallest =
          std::min(smallest, limit_along(mounted / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return smallest;
}

std::uint64_t machine_memory(const fs::path& root) {
  constexpr std::string_view kTotal = "MemTotal:";
  std::ifstream info(root / "proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with(kTotal)) {
      return std::stoull(line.substr(kTotal.size())) * kKiB;
    }
  }
  return kNone;
}

}  // namespace

std::uint64_t memory_limit(const fs::path& root) {
  return std::min(cgroup_limit(root), machine_memory(root));
}

}  // namespace s3reel::base
