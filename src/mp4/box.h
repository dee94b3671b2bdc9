#pragma once

/// Boxes of ISO base media and QuickTime files (ISO/IEC 14496-12, 4.2) as bytes: lengths and types,
/// no meaning. Everything here looks at bytes that came over a network, so no function reads or
/// writes outside the span it was given, whatever the lengths in it say.
///
/// Pure functions without shared state; any number of threads may call.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace s3reel::mp4 {

/// The four letters of a box type, first letter in the highest byte.
using FourCc = std::uint32_t;

consteval FourCc fourcc(const char (&letters)[5]) {
  FourCc value = 0;
  for (int i = 0; i < 4; ++i) {
    value = (value << 8U) | static_cast<unsigned char>(letters[i]);
  }
  return value;
}

/// "moov"; bytes that are no printable ASCII as \xNN.
std::string to_text(FourCc type);

/// Big-endian numbers; nullopt if they do not lie wholly inside `bytes`.
std::optional<std::uint32_t> read_u32(std::span<const std::byte> bytes, std::size_t offset);
std::optional<std::uint64_t> read_u64(std::span<const std::byte> bytes, std::size_t offset);

/// Throw Error{internal} if the number would not lie wholly inside `bytes`.
void write_u32(std::span<std::byte> bytes, std::size_t offset, std::uint32_t value);
void write_u64(std::span<std::byte> bytes, std::size_t offset, std::uint64_t value);

/// As many bytes as the longest header needs before its length is known. The 16 bytes of a uuid's
/// own type belong to its header but need not be there to read it.
inline constexpr std::size_t kHeaderBytes = 16;

struct BoxHeader {
  FourCc type = 0;
  std::uint32_t header_size = 0;        ///< 8, or 16 with a 64-bit length; 16 more for uuid
  std::optional<std::uint64_t> size{};  ///< of the whole box; nullopt: to the end of what holds it
};

enum class HeaderStatus {
  complete,
  short_of_bytes,  ///< the header goes on behind the bytes; its type is set if that much was there
  malformed        ///< its length is smaller than the header itself
};

struct HeaderResult {
  HeaderStatus status = HeaderStatus::malformed;
  BoxHeader header{};
};

/// Reads the header at the beginning of `bytes`.
HeaderResult read_header(std::span<const std::byte> bytes);

/// One box inside a span. All positions count from the beginning of that span, and
/// begin < payload <= end <= its size.
struct Box {
  FourCc type = 0;
  std::size_t begin = 0;
  std::size_t payload = 0;
  std::size_t end = 0;
};

/// Goes over the boxes that fill `bytes` from `begin` to `end`, which is the payload of a
/// container, or all of it. Holds a view: `bytes` must outlive it.
class BoxWalk {
 public:
  /// The range is cut to the size of `bytes`.
  BoxWalk(std::span<const std::byte> bytes, std::size_t begin, std::size_t end);

  explicit BoxWalk(std::span<const std::byte> bytes) : BoxWalk(bytes, 0, bytes.size()) {}

  BoxWalk(std::span<const std::byte> bytes, const Box& parent)
      : BoxWalk(bytes, parent.payload, parent.end) {}

  /// nullopt: the end was reached, or what stands there is no box (malformed() tells). A rest of
  /// fewer than 8 zero bytes is an end as well: QuickTime terminates user data so.
  std::optional<Box> next();

  [[nodiscard]] bool malformed() const noexcept { return malformed_; }

  /// Where next() will look, or where it found no box.
  [[nodiscard]] std::size_t position() const noexcept { return position_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_;
  std::size_t end_;
  bool malformed_ = false;
};

}  // namespace s3reel::mp4
