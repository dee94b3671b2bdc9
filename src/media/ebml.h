#pragma once

/// The heads of elements of EBML, of which Matroska and WebM are made (RFC 8794).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace s3reel::media {

/// Longest id and longest length.
inline constexpr std::uint64_t kLongestElementHeader = 12;

struct Element {
  std::uint32_t id = 0;
  std::uint64_t header_size = 0;
  std::optional<std::uint64_t> size{};  ///< of the data; nullopt: unknown, by its own statement
};

/// Reads an id of up to 4 bytes and a length of up to 8; nullopt if there is none.
std::optional<Element> read_element(std::span<const std::byte> bytes);

}  // namespace s3reel::media
