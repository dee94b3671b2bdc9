#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace s3reel::test {

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto all = std::as_bytes(std::span(text));
  return {all.begin(), all.end()};
}

/// Bytes that differ from place to place, so that a wrong offset shows (splitmix64).
inline std::vector<std::byte> pattern_bytes(std::size_t count, std::uint64_t seed = 1) {
  std::vector<std::byte> bytes(count);
  std::uint64_t state = seed;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % sizeof(word) == 0) {
      state += 0x9E3779B97F4A7C15ULL;
      word = (state ^ (state >> 30U)) * 0xBF58476D1CE4E5B9ULL;
      word ^= word >> 27U;
    }
    bytes[i] = static_cast<std::byte>((word >> (8 * (i % sizeof(word)))) & 0xFFU);
  }
  return bytes;
}

}  // namespace s3reel::test
