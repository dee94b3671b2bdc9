#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace s3reel::base {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

/// "512 B", "1.5 MiB": for people, never parsed again.
std::string format_bytes(std::uint64_t bytes);

}  // namespace s3reel::base
