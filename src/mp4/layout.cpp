#include "mp4/layout.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "s3reel/error.h"

namespace s3reel::mp4 {
namespace {

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  return a > largest - b ? largest : a + b;
}

void read_fully(const ReadAt& read, std::uint64_t offset, std::span<std::byte> out) {
  while (!out.empty()) {
    const std::size_t got = read(offset, out);
    if (got == 0 || got > out.size()) {
      throw Error(ErrorInfo{
          .operation = "mp4.layout",
          .reason = fmt::format("read {} of {} bytes at {}", got, out.size(), offset)});
    }
    offset += got;
    out = out.subspan(got);
  }
}

}  // namespace

bool Layout::has(FourCc type) const {
  return std::any_of(
      boxes.begin(), boxes.end(), [type](const TopLevelBox& box) { return box.type == type; });
}

Layout walk_top_level(const ReadAt& read, std::uint64_t object_size, std::size_t max_boxes) {
  Layout layout;
  std::uint64_t position = 0;
  std::size_t fragments = 0;
  while (position < object_size) {
    if (layout.boxes.size() == max_boxes) {
      layout.end = WalkEnd::box_limit;
      return layout;
    }
    std::array<std::byte, kHeaderBytes> buffer{};
    const std::size_t there =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), object_size - position));
    const std::span<std::byte> bytes = std::span(buffer).first(there);
    read_fully(read, position, bytes);
    const auto [status, header] = read_header(bytes);
    // A header cut before its type says nothing that could be relied upon.
    if (status == HeaderStatus::malformed || header.type == 0) {
      layout.end = WalkEnd::no_box;
      return layout;
    }
    TopLevelBox box{.type = header.type, .begin = position, .end = object_size};
    if (status == HeaderStatus::short_of_bytes) {
      box.end = saturating_add(position, header.header_size);
    } else if (header.size) {
      box.end = saturating_add(position, *header.size);
    }
    layout.boxes.push_back(box);
    if (box.end > object_size) {
      layout.end = WalkEnd::beyond_object;
      return layout;
    }
    if (box.type == fourcc("moof") && ++fragments == 2) {
      layout.end = WalkEnd::second_fragment;
      return layout;
    }
    position = box.end;
  }
  layout.end = WalkEnd::object_end;
  return layout;
}

bool begins_like_iso_media(std::span<const std::byte> head) {
  const HeaderResult result = read_header(head);
  if (result.status == HeaderStatus::malformed) {
    return false;
  }
  switch (result.header.type) {
    case fourcc("ftyp"):
    case fourcc("styp"):
    case fourcc("moov"):
    case fourcc("mdat"):
    case fourcc("moof"):
    case fourcc("free"):
    case fourcc("skip"):
    case fourcc("wide"):
    case fourcc("pnot"):
    case fourcc("sidx"):
      return true;
    default:
      return false;
  }
}

}  // namespace s3reel::mp4
