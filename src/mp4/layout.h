#pragma once

/// The boxes at the top level of an ISO base media or QuickTime file, found by reading nothing but
/// their headers.
///
/// Over a network each jump behind a large box may cost a request, so the walk ends early where it
/// would become expensive: a fragmented film has thousands of `moof`, one of them tells what needs
/// to be known.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "mp4/box.h"

namespace s3reel::mp4 {

/// Reads at an offset into the span, returns how many bytes; 0 only behind the end of the object.
/// May return fewer than asked for. What it throws goes through.
using ReadAt = std::function<std::size_t(std::uint64_t, std::span<std::byte>)>;

struct TopLevelBox {
  FourCc type = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< as its header says; that of the object where the header says 'rest'
};

enum class WalkEnd {
  object_end,       ///< every top-level box is listed
  beyond_object,    ///< the last one listed ends behind the object, at `end` or later
  second_fragment,  ///< the last one listed is the second moof; what follows was not looked at
  box_limit,        ///< as many as were asked for are listed
  no_box            ///< no box stands where the last one listed ends: padding, garbage
};

struct Layout {
  std::vector<TopLevelBox> boxes{};
  WalkEnd end = WalkEnd::object_end;

  [[nodiscard]] bool has(FourCc type) const;
};

inline constexpr std::size_t kMaxTopLevelBoxes = 64;

/// Reads up to 16 bytes a box, front to back. Whatever the bytes say, it ends after `max_boxes`
/// boxes and reads only inside the object. Throws Error{internal} if `read` comes to an end before
/// `object_size`.
Layout walk_top_level(
    const ReadAt& read, std::uint64_t object_size, std::size_t max_boxes = kMaxTopLevelBoxes);

/// Whether the first box of a file, to judge by its first bytes, is one that ISO base media and
/// QuickTime files begin with.
bool begins_like_iso_media(std::span<const std::byte> head);

}  // namespace s3reel::mp4
