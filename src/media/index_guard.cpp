#include "media/index_guard.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "media/input_policy.h"

namespace s3reel::media {
namespace {

using mp4::fourcc;
using mp4::FourCc;

constexpr std::uint64_t kSmallestBox = 8;
constexpr std::size_t kSeen = 64;  ///< bytes of a payload: more than any count lies behind
constexpr std::size_t kPiece = 4'096;
constexpr std::uint64_t kMostRead = 256 * base::kMiB;
constexpr std::size_t kDeepest = 16;  ///< libavformat gives up at 11

template <std::size_t count>
bool is_one_of(const std::array<FourCc, count>& list, FourCc type) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

bool is_container(FourCc type) {
  static constexpr std::array kContainers{
      fourcc("moov"),
      fourcc("trak"),
      fourcc("mdia"),
      fourcc("minf"),
      fourcc("stbl"),
      fourcc("edts"),
      fourcc("moof"),
      fourcc("traf"),
      fourcc("mvex"),
      fourcc("udta"),
      fourcc("tref"),
      fourcc("dinf"),
      fourcc("sinf"),
      fourcc("schi"),
      fourcc("ilst"),
      fourcc("wave"),
      fourcc("iprp"),
      fourcc("ipco")};
  return is_one_of(kContainers, type);
}

/// Its first bytes say how much there is of something.
bool has_numbers(FourCc type) {
  static constexpr std::array kCounted{
      fourcc("hdlr"),
      fourcc("stsd"),
      fourcc("stts"),
      fourcc("stsz"),
      fourcc("stz2"),
      fourcc("stsc"),
      fourcc("stco"),
      fourcc("co64"),
      fourcc("ctts"),
      fourcc("sbgp"),
      fourcc("elst"),
      fourcc("trun"),
      fourcc("senc"),
      fourcc("saiz"),
      fourcc("sidx")};
  return is_one_of(kCounted, type);
}

/// Has no place in a sample description, where boxes may begin anywhere.
bool claims_something(FourCc type) {
  static constexpr std::array kClaims{
      fourcc("stsz"),
      fourcc("stz2"),
      fourcc("stsc"),
      fourcc("elst"),
      fourcc("trun"),
      fourcc("senc"),
      fourcc("saiz"),
      fourcc("sbgp"),
      fourcc("sidx"),
      fourcc("moof"),
      fourcc("cmov"),
      fourcc("moov"),
      fourcc("trak"),
      fourcc("hdlr")};
  return is_one_of(kClaims, type);
}

bool is_table(FourCc type) {
  return type == fourcc("stsc") || type == fourcc("ctts") || type == fourcc("sbgp");
}

std::size_t entry_size(FourCc table) {
  return table == fourcc("stsc") ? 12 : 8;
}

std::uint32_t number(std::span<const std::byte> bytes, std::size_t offset) {
  return mp4::read_u32(bytes, offset).value_or(0);
}

std::uint64_t limit_for(std::uint64_t size, std::uint64_t most) {
  constexpr std::uint64_t kFree = 1'000'000;  // some 50 MB
  return std::min(most, kFree + size);
}

}  // namespace

IndexGuard::IndexGuard(io::ByteSource& source, std::uint64_t most)
    : source_(source),
      most_(limit_for(source.identity().size, most)),
      regions_{{fourcc("root"), source.identity().size}} {
  leave_what_ended();
}

void IndexGuard::pass(std::uint64_t offset, Bytes bytes) {
  passing_offset_ = offset;
  passing_ = bytes;
  advance(offset, offset + bytes.size());
  passing_ = {};
}

void IndexGuard::pass_earlier(std::uint64_t end) {
  advance(0, end);
}

// At the top it waits for libavformat to come by: what lies between is media.
void IndexGuard::advance(std::uint64_t begin, std::uint64_t end) {
  while (!regions_.empty() && next_ < end && (!at_top() || next_ >= begin)) {
    step();
  }
}

// It may leave a box and make an index of what it has, without reading another byte.
void IndexGuard::jump(std::uint64_t offset) {
  while (!at_top() && next_ < offset) {
    step();
  }
}

void IndexGuard::step() {
  if (at_top()) {
    read_ = 0;
  }
  if (is_table(regions_.back().type)) {
    read_table();
  } else {
    read_box();
  }
}

void IndexGuard::read_box() {
  Found found;
  if (find_box(found)) {
    look_at(found);
  } else {
    leave();
  }
}

/// False: libavformat parses nothing more of this container.
bool IndexGuard::find_box(Found& found) {
  const Region parent = regions_.back();
  const std::uint64_t room = parent.end - next_;
  std::array<std::byte, 16> buffer{};
  const Bytes head = fetch(next_, std::span(buffer).first(std::min<std::size_t>(16, room)));
  found.type = number(head, 4);
  const bool stops = found.type == fourcc("trak") || found.type == fourcc("mdat");
  if (stops && parent.type != fourcc("root") && parent.type != fourcc("moov")) {
    return false;
  }
  std::uint64_t header = 8;
  auto size = static_cast<std::int64_t>(number(head, 0));
  if (size == 1 && room >= 16) {
    header = 16;
    size = static_cast<std::int64_t>(mp4::read_u64(head, 8).value_or(0) - 8);
  } else if (size >= 8 && (found.type == fourcc("free") || found.type == fourcc("hoov"))) {
    const FourCc first = number(head, 12);  // the type of the first box in it
    if (first == fourcc("mvhd") || first == fourcc("cmov")) {
      found.type = fourcc("moov");
    }
  }
  if (size == 0) {
    size = static_cast<std::int64_t>(room - header + 8);
  }
  if (size < 8) {
    return false;
  }
  found.payload = next_ + header;
  found.end = found.payload + std::min(static_cast<std::uint64_t>(size) - 8, room - header);
  return true;
}

// libavformat reads numbers of a box that is too short for them from what lies behind it.
void IndexGuard::look_at(const Found& box) {
  std::array<std::byte, kSeen> buffer{};
  const std::size_t length = std::min<std::uint64_t>(kSeen, size() - box.payload);
  const bool counts = has_numbers(box.type);
  look_into(box, counts ? fetch(box.payload, std::span(buffer).first(length)) : Bytes{});
  leave_what_ended();
}

void IndexGuard::look_into(const Found& box, Bytes payload) {
  next_ = box.end;
  count(box, payload);
  if (box.type == fourcc("trak")) {
    end_track();
    ++tracks_;
  }
  if (is_container(box.type)) {
    enter(box.type, box.payload, box.end);
  } else if (box.type == fourcc("meta")) {
    enter_meta(box);
  } else if (box.type == fourcc("stsc") || box.type == fourcc("ctts")) {
    enter_table(box, payload, 4);
  } else if (box.type == fourcc("sbgp") && number(payload, 4) == fourcc("sync")) {
    track_.has_sync_groups();
    enter_table(box, payload, number(payload, 0) >> 24U == 1 ? 12 : 8);
  } else if (box.type == fourcc("stsd")) {
    check_description(box);
  } else if (box.type == fourcc("cmov")) {
    refuse("its index is compressed (cmov), so that its size cannot be seen");
  }
}

/// What needs no more than the first bytes of a box.
void IndexGuard::count(const Found& box, Bytes payload) {
  constexpr std::uint64_t kEntriesOfAKey = 8;  // what is kept of an encrypted sample, compared
  switch (box.type) {
    case fourcc("hdlr"):
      return track_.handler_box(payload);
    case fourcc("stsd"):
      return track_.description_box(payload);
    case fourcc("stts"):
      return track_.times_box(payload);
    case fourcc("stsz"):
    case fourcc("stz2"):
      return track_.sizes_box(payload);
    case fourcc("elst"):
      return track_.edits_box(payload, box.end - box.payload);
    case fourcc("stco"):
    case fourcc("co64"):
      return track_.offsets_box(payload);
    case fourcc("trun"):
      return claim(number(payload, 4));
    case fourcc("senc"):
      return claim(kEntriesOfAKey * number(payload, 4));
    case fourcc("saiz"):
      return claim(kEntriesOfAKey * number(payload, (number(payload, 0) & 1U) != 0 ? 13 : 5));
    case fourcc("moof"):
      return claim(tracks_);
    case fourcc("sidx"):  // the number is the lower half of these four bytes
      return claim(tracks_ * (number(payload, number(payload, 0) >> 24U == 0 ? 20 : 28) & 0xFFFFU));
    default:
      return;
  }
}

void IndexGuard::enter(FourCc type, std::uint64_t begin, std::uint64_t end) {
  if (regions_.size() < kDeepest) {
    regions_.push_back({type, end});
    next_ = begin;
  }
}

// In QuickTime its boxes begin at once, in ISO files behind four bytes. libavformat looks for the
// first, in steps of four bytes, however far it is.
void IndexGuard::enter_meta(const Found& box) {
  std::array<std::byte, kPiece> buffer{};
  for (std::uint64_t at = box.payload; at + kSmallestBox < box.end; at += kPiece) {
    const std::size_t length = std::min<std::uint64_t>(kPiece, box.end - at);
    const Bytes piece = fetch(at, std::span(buffer).first(length));
    for (std::size_t i = 0; i + 4 <= piece.size(); i += 4) {
      if (number(piece, i) == fourcc("hdlr")) {
        return enter(box.type, at + i - 4, box.end);
      }
    }
  }
}

void IndexGuard::enter_table(const Found& box, Bytes payload, std::size_t head) {
  const std::uint64_t begin = box.payload + head + 4;
  entries_left_ = number(payload, head);
  const bool fits = begin + entries_left_ * entry_size(box.type) <= box.end;
  if (fits && entries_left_ > 0) {
    enter(box.type, begin, box.end);
  } else if (!fits && box.type == fourcc("stsc")) {
    refuse(fmt::format(
        "its table 'stsc' at byte {} claims {} entries and is too short for them",
        box.payload,
        entries_left_));
  } else if (!fits) {
    track_.spread(TrackClaims::kPlenty);
  }
}

void IndexGuard::read_table() {
  const Region table = regions_.back();
  const std::size_t size = entry_size(table.type);
  const auto entries =
      static_cast<std::size_t>(std::min<std::uint64_t>(entries_left_, kPiece / size));
  std::array<std::byte, kPiece> buffer{};
  const Bytes piece = fetch(next_, std::span(buffer).first(entries * size));
  for (std::size_t i = 0; i < entries; ++i) {
    table_entry(table.type, piece.subspan(i * size, size));
  }
  entries_left_ -= entries;
  next_ += entries * size;
  if (entries_left_ == 0) {
    leave();
  }
}

void IndexGuard::table_entry(FourCc type, Bytes entry) {
  const std::uint32_t first = number(entry, 0);
  if (type == fourcc("stsc")) {
    track_.chunk_run(first, number(entry, 4));
  } else if (type == fourcc("sbgp") || first <= INT32_MAX) {  // libavformat leaves such ctts out
    track_.spread(first);
  }
}

/// Where the boxes in a sample entry begin depends on its format, and libavformat would take tables
/// there as well.
void IndexGuard::check_description(const Found& box) {
  std::array<std::byte, kPiece> buffer{};
  constexpr std::size_t kType = 4;
  for (std::uint64_t at = box.payload; at + kType <= box.end; at += kPiece - kType + 1) {
    const std::size_t length = std::min<std::uint64_t>(kPiece, box.end - at);
    const Bytes piece = fetch(at, std::span(buffer).first(length));
    for (std::size_t i = 0; i + kType <= piece.size(); ++i) {
      if (claims_something(number(piece, i))) {
        refuse(fmt::format(
            "its sample description holds '{}', which belongs elsewhere",
            mp4::to_text(number(piece, i))));
      }
    }
  }
}

void IndexGuard::leave() {
  next_ = regions_.back().end;
  leave_what_ended();
}

void IndexGuard::leave_what_ended() {
  while (!regions_.empty() && regions_.back().end - next_ < kSmallestBox &&
         (next_ == regions_.back().end || !is_table(regions_.back().type))) {
    next_ = regions_.back().end;
    if (regions_.back().type == fourcc("trak")) {
      end_track();
    }
    regions_.pop_back();
  }
}

void IndexGuard::end_track() {
  claim(track_.entries());
  track_ = {};
}

void IndexGuard::claim(std::uint64_t entries) {
  claimed_ = std::min(claimed_ + entries, TrackClaims::kPlenty);
  if (claimed_ > most_) {
    refuse(fmt::format(
        "its index claims {} entries (samples, each again for every edit); {} are the limit for a "
        "file of {} bytes",
        claimed_,
        most_,
        size()));
  }
}

void IndexGuard::refuse(std::string reason) {
  throw hostile_input(
      source_.identity().url,
      std::move(reason),
      "repackage it, for example with ffmpeg -c copy, if it comes from a source that you trust");
}

/// `out.size()` bytes, which lie inside the object.
IndexGuard::Bytes IndexGuard::fetch(std::uint64_t offset, std::span<std::byte> out) {
  if (offset >= passing_offset_ && offset - passing_offset_ <= passing_.size() &&
      out.size() <= passing_.size() - (offset - passing_offset_)) {
    return passing_.subspan(static_cast<std::size_t>(offset - passing_offset_), out.size());
  }
  std::size_t have = 0;
  while (have < out.size()) {
    const std::size_t got = source_.read_at(offset + have, out.subspan(have));
    if (got == 0) {
      break;
    }
    have += got;
  }
  read_ += have;
  if (read_ > kMostRead) {
    refuse("too much of it has to be read to find out what its index claims");
  }
  return out.first(have);
}

}  // namespace s3reel::media
