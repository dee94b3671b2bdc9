#include "media/claim_scan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "media/ebml.h"
#include "media/input_policy.h"
#include "mp4/box.h"

namespace s3reel::media {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMxfKey = 16;

/// Of an index table segment (SMPTE ST 377-1) up to the version of the registry, of a Tracks.
constexpr auto kSegmentMark = std::to_array<unsigned char>({6, 0xE, 0x2B, 0x34, 2, 0x53, 1});
constexpr auto kTracksMark = std::to_array<unsigned char>({0x16, 0x54, 0xAE, 0x6B});
constexpr auto kSegmentRest =
    std::to_array<unsigned char>({0xD, 1, 2, 1, 1, 0x10, 1, 0});  // behind the version
constexpr std::uint32_t kTrackEntry = 0xAE;
constexpr std::uint32_t kLongestChildId = 0xFFFFFF;  ///< parts of a Segment have four bytes
constexpr std::uint64_t kMostLooks = 2'000'000;      ///< some seconds

Bytes mark_of(ClaimScan::Format format) {
  if (format == ClaimScan::Format::mxf) {
    return std::as_bytes(std::span(kSegmentMark));
  }
  return std::as_bytes(std::span(kTracksMark));
}

/// A length of MXF (BER), and how many bytes it takes.
struct Length {
  std::uint64_t value = 0;
  std::size_t bytes = 1;
};

Length read_length(Bytes bytes) {
  Length length;
  if (bytes.empty()) {
    return length;
  }
  const auto first = std::to_integer<unsigned>(bytes[0]);
  if (first < 0x80) {
    return {.value = first};
  }
  length.bytes += std::min<std::size_t>(first & 0x7FU, 8);
  for (const std::byte one : bytes.subspan(1, std::min(length.bytes, bytes.size()) - 1)) {
    length.value = length.value << 8U | std::to_integer<std::uint64_t>(one);
  }
  return length;
}

}  // namespace

ClaimScan::ClaimScan(io::ByteSource& source, Format format, std::uint64_t most)
    : source_(source), format_(format), most_(most) {}

void ClaimScan::pass(std::uint64_t offset, Bytes bytes) {
  if (offset != next_) {
    tail_.clear();
  }
  // A mark may begin in what went before; the rest is not copied, it may be a large packet.
  const std::size_t reach = mark_of(format_).size() - 1;
  const std::size_t before = tail_.size();
  const Bytes joined = bytes.first(std::min(bytes.size(), reach));
  tail_.insert(tail_.end(), joined.begin(), joined.end());
  find_marks(offset - before, tail_);
  find_marks(offset, bytes);
  const Bytes end = bytes.size() >= reach ? bytes : tail_;
  const Bytes kept = end.last(std::min(end.size(), reach));
  tail_ = std::vector<std::byte>(kept.begin(), kept.end());
  next_ = offset + bytes.size();
}

void ClaimScan::find_marks(std::uint64_t offset, Bytes bytes) {
  const Bytes mark = mark_of(format_);
  for (auto at = bytes.begin();; ++at) {
    at = std::search(at, bytes.end(), mark.begin(), mark.end());
    if (at == bytes.end()) {
      return;
    }
    examine(offset + static_cast<std::uint64_t>(at - bytes.begin()));
  }
}

void ClaimScan::examine(std::uint64_t position) {
  if (!seen_.insert(position).second) {
    return;
  }
  const bool is_mxf = format_ == Format::mxf;
  claimed_ += is_mxf ? index_entries(position) : tracks(position);
  if (claimed_ > most_) {
    throw hostile_input(
        source_.identity().url,
        fmt::format(
            "it claims {} {} or more; {} are the limit for a file of {} bytes",
            claimed_,
            is_mxf ? "entries of its index" : "tracks",
            most_,
            source_.identity().size),
        "repackage it, for example with ffmpeg -c copy, if it comes from a source that you trust");
  }
}

/// Marks may be many, and what stands behind each long: all of it together is bounded.
Bytes ClaimScan::look(std::uint64_t position, std::span<std::byte> out) {
  if (++looks_ > kMostLooks) {
    throw hostile_input(
        source_.identity().url,
        "too much of it has to be looked at to find out what it claims",
        "repackage it, for example with ffmpeg -c copy, if it comes from a source that you trust");
  }
  return io::read_up_to(source_, position, out);
}

// Tags of two bytes, each with a length of two. libavformat makes an index of the duration where
// there is an array of entries at all, however long.
std::uint64_t ClaimScan::index_entries(std::uint64_t position) {
  constexpr std::uint32_t kEntries = 0x3F0A;
  constexpr std::uint32_t kDuration = 0x3F0D;
  constexpr std::size_t kTagHead = 4;
  std::array<std::byte, kMxfKey + 9> buffer{};
  const Bytes head = look(position, buffer);
  const Bytes rest = std::as_bytes(std::span(kSegmentRest));
  if (head.size() <= kMxfKey || !std::equal(rest.begin(), rest.end(), head.begin() + 8)) {
    return 0;
  }
  const Length length = read_length(head.subspan(kMxfKey));
  std::uint64_t at = position + kMxfKey + length.bytes;
  const std::uint64_t size = source_.identity().size;
  const std::uint64_t end = at < size ? at + std::min(length.value, size - at) : at;
  bool has_entries = false;
  std::uint64_t duration = 0;
  while (at + kTagHead < end) {
    std::array<std::byte, kTagHead + 8> tag_buffer{};
    const Bytes tag = look(at, tag_buffer);
    const std::uint32_t tag_and_length = mp4::read_u32(tag, 0).value_or(0);
    if (tag_and_length >> 16U == kEntries) {
      has_entries = has_entries || mp4::read_u32(tag, kTagHead).value_or(0) != 0;
    } else if (tag_and_length >> 16U == kDuration) {
      const std::uint64_t value = mp4::read_u64(tag, kTagHead).value_or(0);
      duration = std::max(duration, value <= INT32_MAX ? value : 0);  // ignored beyond
    }
    at += kTagHead + (tag_and_length & 0xFFFFU);
  }
  return has_entries ? duration : 0;
}

std::uint64_t ClaimScan::tracks(std::uint64_t position) {
  std::array<std::byte, kLongestElementHeader> buffer{};
  const auto whole = read_element(look(position, buffer));
  if (!whole) {
    return 0;
  }
  const std::uint64_t size = source_.identity().size;
  std::uint64_t at = position + whole->header_size;
  const std::uint64_t end = at + std::min(whole->size.value_or(size), size - std::min(at, size));
  std::uint64_t count = 0;
  while (at < end && count <= most_) {
    const auto child = read_element(look(at, buffer));
    const bool next_part = child && !whole->size && child->id > kLongestChildId;
    if (!child || next_part) {
      break;  // that ends Tracks of unknown length
    }
    count += child->id == kTrackEntry ? 1 : 0;
    at += child->header_size + child->size.value_or(0);  // of unknown length: what is in it follows
  }
  return count;
}

}  // namespace s3reel::media
