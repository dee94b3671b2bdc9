#include "mp4/box.h"

#include <algorithm>

#include <fmt/format.h>

#include "s3reel/error.h"

namespace s3reel::mp4 {
namespace {

constexpr std::uint32_t kShortHeader = 8;
constexpr std::uint32_t kLongHeader = 16;
constexpr std::uint32_t kUuidType = 16;

template <class T>
std::optional<T> read_number(std::span<const std::byte> bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
    return std::nullopt;
  }
  T value = 0;
  for (const std::byte byte : bytes.subspan(offset, sizeof(T))) {
    value = static_cast<T>(value << 8U) | std::to_integer<T>(byte);
  }
  return value;
}

template <class T>
void write_number(std::span<std::byte> bytes, std::size_t offset, T value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
    throw Error(ErrorInfo{
        .operation = "mp4.write",
        .reason =
            fmt::format("{} bytes at {} do not fit into {}", sizeof(T), offset, bytes.size())});
  }
  for (std::size_t i = sizeof(T); i-- > 0;) {
    bytes[offset + i] = static_cast<std::byte>(value & 0xFFU);
    value = static_cast<T>(value >> 8U);
  }
}

}  // namespace

std::string to_text(FourCc type) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto letter = static_cast<unsigned char>(type >> static_cast<unsigned>(shift));
    const bool printable = letter >= 0x20 && letter < 0x7F;
    text +=
        printable ? std::string(1, static_cast<char>(letter)) : fmt::format("\\x{:02x}", letter);
  }
  return text;
}

std::optional<std::uint32_t> read_u32(std::span<const std::byte> bytes, std::size_t offset) {
  return read_number<std::uint32_t>(bytes, offset);
}

std::optional<std::uint64_t> read_u64(std::span<const std::byte> bytes, std::size_t offset) {
  return read_number<std::uint64_t>(bytes, offset);
}

void write_u32(std::span<std::byte> bytes, std::size_t offset, std::uint32_t value) {
  write_number(bytes, offset, value);
}

void write_u64(std::span<std::byte> bytes, std::size_t offset, std::uint64_t value) {
  write_number(bytes, offset, value);
}

HeaderResult read_header(std::span<const std::byte> bytes) {
  const auto size = read_u32(bytes, 0);
  const auto type = read_u32(bytes, 4);
  if (!size || !type) {
    return {.status = HeaderStatus::short_of_bytes};
  }
  BoxHeader header{.type = *type, .header_size = kShortHeader, .size = *size};
  if (*size == 1) {
    header.header_size = kLongHeader;
    header.size = read_u64(bytes, kShortHeader);
    if (!header.size) {
      return {.status = HeaderStatus::short_of_bytes, .header = header};
    }
  } else if (*size == 0) {
    header.size = std::nullopt;
  }
  if (*type == fourcc("uuid")) {
    header.header_size += kUuidType;
  }
  const bool malformed = header.size && *header.size < header.header_size;
  return {.status = malformed ? HeaderStatus::malformed : HeaderStatus::complete, .header = header};
}

BoxWalk::BoxWalk(std::span<const std::byte> bytes, std::size_t begin, std::size_t end)
    : bytes_(bytes), position_(begin), end_(std::min(end, bytes.size())) {
  position_ = std::min(position_, end_);
}

std::optional<Box> BoxWalk::next() {
  if (malformed_ || position_ == end_) {
    return std::nullopt;
  }
  const auto rest = bytes_.subspan(position_, end_ - position_);
  if (rest.size() < kShortHeader) {
    const bool terminator =
        std::all_of(rest.begin(), rest.end(), [](std::byte byte) { return byte == std::byte{0}; });
    malformed_ = !terminator;
    return std::nullopt;
  }
  const auto [status, header] = read_header(rest);
  const std::uint64_t size = header.size.value_or(rest.size());
  if (status != HeaderStatus::complete || size > rest.size() || size < header.header_size) {
    malformed_ = true;
    return std::nullopt;
  }
  const Box box{
      .type = header.type,
      .begin = position_,
      .payload = position_ + header.header_size,
      .end = position_ + static_cast<std::size_t>(size)};
  position_ = box.end;
  return box;
}

}  // namespace s3reel::mp4
