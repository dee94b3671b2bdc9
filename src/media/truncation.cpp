#include "media/truncation.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "media/ebml.h"
#include "mp4/layout.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

using mp4::fourcc;
using mp4::FourCc;

/// A file needs only a few parts to be judged; more than this are somebody's idea of a joke.
constexpr int kMaxParts = 64;

[[noreturn]] void truncated(const io::ByteSource& source, const std::string& reason) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "open",
      .subject = source.identity().url,
      .reason = "the file is truncated: " + reason,
      .hint = "upload it again, whole"});
}

/// Throws if [begin, end) ends behind the object.
void expect_inside(
    const io::ByteSource& source, const std::string& part, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t size = source.identity().size;
  if (end > size) {
    truncated(
        source,
        fmt::format("{} at byte {} ends at byte {}, the object at {}", part, begin, end, size));
  }
}

// ISO base media

/// Garbage behind the last box reads as a box of some length too; only what is known to be one
/// counts.
bool known_box(FourCc type) {
  static constexpr std::array kKnown{
      fourcc("ftyp"),
      fourcc("styp"),
      fourcc("moov"),
      fourcc("mdat"),
      fourcc("moof"),
      fourcc("mfra"),
      fourcc("meta"),
      fourcc("sidx"),
      fourcc("uuid"),
      fourcc("udta"),
      fourcc("free"),
      fourcc("skip"),
      fourcc("wide"),
      fourcc("pnot"),
      fourcc("emsg"),
      fourcc("prft"),
      fourcc("ssix"),
      fourcc("pdin")};
  return std::find(kKnown.begin(), kKnown.end(), type) != kKnown.end();
}

void check_iso(io::ByteSource& source) {
  const std::uint64_t size = source.identity().size;
  const mp4::Layout layout = mp4::walk_top_level(
      [&source](std::uint64_t offset, std::span<std::byte> out) {
        return source.read_at(offset, out);
      },
      size);
  if (layout.end == mp4::WalkEnd::beyond_object && known_box(layout.boxes.back().type)) {
    const mp4::TopLevelBox& box = layout.boxes.back();
    expect_inside(source, fmt::format("the box '{}'", mp4::to_text(box.type)), box.begin, box.end);
  }
  if (layout.end == mp4::WalkEnd::object_end && layout.has(fourcc("moov")) &&
      !layout.has(fourcc("mdat"))) {
    truncated(
        source,
        fmt::format("it ends at byte {}, behind its index (moov) but before any media", size));
  }
}

// Matroska, WebM: RFC 8794

constexpr std::uint32_t kEbmlHeader = 0x1A45DFA3;
constexpr std::uint32_t kSegment = 0x18538067;
constexpr std::uint32_t kCluster = 0x1F43B675;
constexpr std::uint32_t kVoid = 0xEC;
constexpr std::uint32_t kCrc32 = 0xBF;

/// True: the Segment leaves its end open.
bool check_matroska(io::ByteSource& source) {
  std::uint64_t position = 0;
  for (int i = 0; i < kMaxParts; ++i) {
    std::array<std::byte, kLongestElementHeader> buffer{};
    const auto element = read_element(io::read_up_to(source, position, buffer));
    if (!element || !element->size) {
      return element && element->id == kSegment;
    }
    // No overflow: a length has 56 bits, and the position is inside the object.
    const std::uint64_t end = position + element->header_size + *element->size;
    switch (element->id) {
      case kSegment:
        expect_inside(source, "the Segment", position, end);
        return false;
      case kEbmlHeader:
        expect_inside(source, "the EBML header", position, end);
        break;
      case kVoid:
      case kCrc32:
        break;
      default:
        return false;
    }
    position = end;
  }
  return false;
}

// AVI and its OpenDML extension

struct Chunk {
  FourCc id = 0;
  std::uint32_t size = 0;  ///< without the header
  FourCc form = 0;         ///< of a RIFF or LIST: the first four bytes of its data

  /// Writers leave these two until they know better; some never do.
  [[nodiscard]] bool states_size() const { return size != 0 && size != 0xFFFFFFFF; }
};

std::optional<Chunk> read_chunk(io::ByteSource& source, std::uint64_t position) {
  std::array<std::byte, 12> buffer{};
  const auto bytes = io::read_up_to(source, position, buffer);
  const auto id = mp4::read_u32(bytes, 0);
  const auto size = mp4::read_u32(bytes, 4);
  if (!id || !size) {
    return std::nullopt;
  }
  return Chunk{
      .id = *id,
      .size = __builtin_bswap32(*size),  // RIFF counts little-endian
      .form = mp4::read_u32(bytes, 8).value_or(0)};
}

/// Where the chunk ends, without the byte that pads an odd one.
std::uint64_t end_of(std::uint64_t position, const Chunk& chunk) {
  return position + 8 + chunk.size;
}

std::uint64_t behind(std::uint64_t position, const Chunk& chunk) {
  return end_of(position, chunk) + chunk.size % 2;
}

/// The chunks of the first RIFF, up to the index behind the media.
void check_avi_chunks(io::ByteSource& source, std::uint64_t riff_end) {
  std::uint64_t position = 12;
  for (int i = 0; i < kMaxParts && position < riff_end; ++i) {
    const auto chunk = read_chunk(source, position);
    if (!chunk || !chunk->states_size()) {
      return;
    }
    const std::uint64_t end = end_of(position, *chunk);
    if (chunk->id == fourcc("LIST") && chunk->form == fourcc("movi")) {
      expect_inside(source, "the list 'movi'", position, end);
    } else if (chunk->id == fourcc("LIST") && chunk->form == fourcc("hdrl")) {
      expect_inside(source, "the list 'hdrl'", position, end);
    } else if (chunk->id == fourcc("idx1")) {
      expect_inside(source, "the index 'idx1'", position, end);
      return;
    }
    position = behind(position, *chunk);
  }
}

void check_avi(io::ByteSource& source) {
  constexpr std::uint64_t kOwnHeader = 8;
  std::uint64_t position = 0;
  for (int i = 0; i < kMaxParts; ++i) {
    const auto riff = read_chunk(source, position);
    const FourCc form = position == 0 ? fourcc("AVI ") : fourcc("AVIX");
    if (!riff || riff->id != fourcc("RIFF") || riff->form != form) {
      return;
    }
    if (position == 0) {
      check_avi_chunks(source, riff->states_size() ? end_of(0, *riff) : source.identity().size);
    }
    if (!riff->states_size()) {
      return;
    }
    const std::uint64_t end = end_of(position, *riff);
    if (end > source.identity().size + kOwnHeader) {
      expect_inside(
          source, fmt::format("the chunk 'RIFF' ({})", mp4::to_text(form)), position, end);
    }
    position = behind(position, *riff);
  }
}

// Whether less than 8 bytes may be the head of a 'moof', which has a size below 16 MiB. Zeros may
// as well pad the last 'mdat', and without them the film ends with a whole fragment.
bool begins_a_moof(io::ByteSource& source, std::uint64_t position) {
  std::array<std::byte, 7> buffer{};
  const auto bytes = io::read_up_to(source, position, buffer);
  const auto is_zero = [](std::byte one) {
    return one == std::byte{0};
  };
  if (!is_zero(bytes[0]) || std::all_of(bytes.begin(), bytes.end(), is_zero)) {
    return false;
  }
  static constexpr std::string_view kType = "moof";
  const auto type = bytes.subspan(std::min<std::size_t>(4, bytes.size()));
  return std::equal(type.begin(), type.end(), kType.begin(), [](std::byte a, char b) {
    return a == static_cast<std::byte>(b);
  });
}

}  // namespace

void check_matroska_end(io::ByteSource& source, std::uint64_t cluster) {
  const std::uint64_t size = source.identity().size;
  std::uint64_t position = cluster;
  while (position < size) {
    std::array<std::byte, kLongestElementHeader> buffer{};
    const auto bytes = io::read_up_to(source, position, buffer);
    const auto element = read_element(bytes);
    if (!element) {
      const bool may_be_one = (std::to_integer<unsigned>(bytes[0]) & 0xF0U) != 0;
      if (may_be_one && bytes.size() < buffer.size()) {
        truncated(source, fmt::format("it ends at byte {}, inside the head of an element", size));
      }
      return;  // bytes that are no Matroska
    }
    const bool is_container = element->id == kCluster || element->id == kSegment;
    position += element->header_size;
    if (!is_container) {
      if (!element->size) {
        return;
      }
      expect_inside(source, "an element of the last Cluster", position, position + *element->size);
      position += *element->size;
    }
  }
}

void check_fragments_end(io::ByteSource& source, std::uint64_t samples_end) {
  constexpr std::uint64_t kShortestBox = 8;
  const std::uint64_t size = source.identity().size;
  if (samples_end >= size) {
    return;
  }
  const mp4::Layout rest = mp4::walk_top_level(
      [&](std::uint64_t offset, std::span<std::byte> out) {
        return source.read_at(samples_end + offset, out);
      },
      size - samples_end);
  const mp4::TopLevelBox last = rest.boxes.empty() ? mp4::TopLevelBox{} : rest.boxes.back();
  if (rest.end == mp4::WalkEnd::beyond_object && known_box(last.type)) {
    expect_inside(
        source,
        fmt::format("the box '{}'", mp4::to_text(last.type)),
        samples_end + last.begin,
        samples_end + last.end);
  }
  const std::uint64_t tail = samples_end + last.end;
  if (rest.end == mp4::WalkEnd::no_box && size - tail < kShortestBox &&
      begins_a_moof(source, tail)) {
    truncated(source, fmt::format("it ends at byte {}, inside the head of a box", size));
  }
}

bool check_not_truncated(io::ByteSource& source) {
  std::array<std::byte, mp4::kHeaderBytes> buffer{};
  const auto head = io::read_up_to(source, 0, buffer);
  const auto first = mp4::read_u32(head, 0);
  if (first == kEbmlHeader) {
    return check_matroska(source);
  }
  if (first == fourcc("RIFF")) {
    check_avi(source);
  } else if (mp4::begins_like_iso_media(head)) {
    check_iso(source);
  }
  return false;
}

}  // namespace s3reel::media
