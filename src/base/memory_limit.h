#pragma once

#include <cstdint>
#include <filesystem>

namespace s3reel::base {

/// How much memory this process may use before the kernel ends it: the smallest limit of its memory
/// cgroups (version 1 or 2, those above it included) and of the machine. `root` is where proc and
/// sys are mounted, for tests.
std::uint64_t memory_limit(const std::filesystem::path& root = "/");

}  // namespace s3reel::base
