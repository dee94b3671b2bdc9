#pragma once

/// The boxes of an MP4 or MOV as libavformat goes over them (mov_read_default() in its mov.c), odd
/// ones included: what src/mp4 would call malformed it may read all the same.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "mp4/box.h"

namespace s3reel::media {

/// A container, or a table, up to its end in the file.
struct Region {
  mp4::FourCc type = 0;
  std::uint64_t end = 0;
};

/// A box, cut to what holds it.
struct FoundBox {
  mp4::FourCc type = 0;
  std::uint64_t payload = 0;
  std::uint64_t end = 0;
};

inline constexpr mp4::FourCc kWholeFile = mp4::fourcc("root");

/// Of 32 bits; 0 where the bytes end before.
inline std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t offset) {
  return mp4::read_u32(bytes, offset).value_or(0);
}

/// The box at `position` of `parent`, 8 bytes before its end at least; `head` is what is there, up
/// to 16 bytes. nullopt: libavformat parses nothing more of this container.
std::optional<FoundBox> find_box(
    std::span<const std::byte> head, std::uint64_t position, const Region& parent);

/// Boxes follow at once.
bool is_container(mp4::FourCc type);

/// Its first bytes say how much there is of something.
bool has_numbers(mp4::FourCc type);

/// Every entry of it counts.
bool is_table(mp4::FourCc type);

std::size_t entry_size(mp4::FourCc table);

/// Of pictures, before what depends on the format.
inline constexpr std::size_t kSampleEntryHead = 86;

/// A format of which libavformat parses no boxes, in a track of data: timecode, metadata, hints.
bool is_skipped_entry(mp4::FourCc format);

/// A format of which it reads no more than the entry's length says, in a track of data or text.
bool is_text_entry(mp4::FourCc format);

/// Has no place in a sample description, where boxes may begin anywhere.
bool claims_something(mp4::FourCc type);

}  // namespace s3reel::media
