// Boxes of an MP4: headers, a walk inside a span, and the walk over an object that is read piece by
// piece. The two walks must tell the same story.

#include "fuzz/target.h"
#include "mp4/box.h"
#include "mp4/layout.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"

namespace s3reel::fuzz {
namespace {

void check_header(const Bytes& bytes) {
  const auto [status, header] = mp4::read_header(bytes);
  if (status == mp4::HeaderStatus::complete) {
    require(header.size.value_or(header.header_size) >= header.header_size, "a box has a header");
    const auto longest = std::min<std::size_t>(bytes.size(), mp4::kHeaderBytes);
    const auto again = mp4::read_header(std::span(bytes).first(longest));
    require(again.header.size == header.size, "16 bytes are enough for a header");
  }
}

std::vector<mp4::Box> walk(const Bytes& bytes) {
  std::vector<mp4::Box> boxes;
  mp4::BoxWalk walk(bytes);
  std::size_t position = 0;
  while (const auto box = walk.next()) {
    require(box->begin == position, "boxes leave no gap");
    require(
        box->begin < box->payload && box->payload <= box->end && box->end <= bytes.size(),
        "a box lies inside the bytes");
    position = box->end;
    boxes.push_back(*box);
  }
  require(walk.position() == position, "a walk says where it ended");
  const bool all = walk.malformed() || std::all_of(
                                           bytes.begin() + static_cast<std::ptrdiff_t>(position),
                                           bytes.end(),
                                           [](std::byte byte) { return byte == std::byte{0}; });
  require(all, "a walk goes to the end or says that it does not");
  return boxes;
}

mp4::Layout walk_pieces(const Bytes& bytes) {
  const auto read = [&bytes](std::uint64_t offset, std::span<std::byte> out) {
    require(offset < bytes.size(), "a walk reads inside the object only");
    const auto all = std::span(bytes).subspan(static_cast<std::size_t>(offset));
    const std::size_t got = std::min({out.size(), all.size(), std::size_t{5}});
    std::copy_n(all.begin(), got, out.begin());
    return got;
  };
  auto layout = mp4::walk_top_level(read, bytes.size());
  require(layout.boxes.size() <= mp4::kMaxTopLevelBoxes, "a walk ends");
  std::uint64_t position = 0;
  for (const auto& box : layout.boxes) {
    require(box.begin == position && box.end > box.begin, "top-level boxes leave no gap");
    position = box.end;
  }
  const bool beyond = layout.end == mp4::WalkEnd::beyond_object;
  require((position > bytes.size()) == beyond, "a box behind the end is told");
  require(
      (position == bytes.size()) || layout.end != mp4::WalkEnd::object_end, "the end is the end");
  return layout;
}

}  // namespace

void examine(const Bytes& input) {
  check_header(input);
  const auto boxes = walk(input);
  const auto layout = walk_pieces(input);
  for (std::size_t i = 0; i < std::min(boxes.size(), layout.boxes.size()); ++i) {
    require(
        boxes[i].type == layout.boxes[i].type && boxes[i].begin == layout.boxes[i].begin &&
            boxes[i].end == layout.boxes[i].end,
        "both walks find the same boxes");
  }
  try {
    const auto end = mp4::end_of_ftyp(input);
    require(end == boxes.at(0).end, "ftyp ends where the walk says");
    require(mp4::begins_like_iso_media(input), "what begins with ftyp is ISO media");
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::internal, "a head without ftyp is our own doing");
  }
  for (const auto& box : boxes) {
    require(mp4::to_text(box.type).size() >= 4, "every type can be shown");
  }
}

}  // namespace s3reel::fuzz
