#include "media/ebml.h"

namespace s3reel::media {

std::optional<Element> read_element(std::span<const std::byte> bytes) {
  const auto leading_zeros = [](std::byte first) {
    std::size_t zeros = 0;
    for (auto bits = std::to_integer<unsigned>(first); zeros < 8 && (bits & 0x80U) == 0; ++zeros) {
      bits <<= 1U;
    }
    return zeros;
  };
  const auto number = [](std::span<const std::byte> digits) {
    std::uint64_t value = 0;
    for (const std::byte digit : digits) {
      value = (value << 8U) | std::to_integer<std::uint64_t>(digit);
    }
    return value;
  };
  if (bytes.empty()) {
    return std::nullopt;
  }
  const std::size_t id_size = leading_zeros(bytes[0]) + 1;
  if (id_size > 4 || bytes.size() < id_size + 1) {
    return std::nullopt;
  }
  const std::size_t length_size = leading_zeros(bytes[id_size]) + 1;
  if (length_size > 8 || bytes.size() < id_size + length_size) {
    return std::nullopt;
  }
  const std::uint64_t mask = (std::uint64_t{1} << (7 * length_size)) - 1;
  const std::uint64_t length = number(bytes.subspan(id_size, length_size)) & mask;
  Element element{
      .id = static_cast<std::uint32_t>(number(bytes.first(id_size))),
      .header_size = id_size + length_size};
  if (length != mask) {
    element.size = length;
  }
  return element;
}

}  // namespace s3reel::media
