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
constexpr std::size_t kDeepest = 16;        ///< libavformat gives up at 11
constexpr std::size_t kMostTracks = 4'096;  ///< far more than streams are allowed

/// What a box claims whatever it lies in: what is kept of it, compared with an entry of the index.
std::uint64_t claimed_alone(FourCc type, std::span<const std::byte> payload) {
  constexpr std::uint64_t kOfAnEncryptedSample = 8;
  constexpr std::uint64_t kOfAnItem = 8;  // of a still picture
  constexpr std::uint64_t kOfADataReference = 8;
  constexpr std::uint64_t kOfAHighlight = 4;                        // a chapter without a title
  constexpr std::array<std::size_t, 3> kNumberOfGroups{8, 12, 16};  // where it is, by version
  const std::uint32_t version = number_at(payload, 0) >> 24U;
  switch (type) {
    case fourcc("trun"):
    case fourcc("keys"):
      return number_at(payload, 4);
    case fourcc("senc"):
      return kOfAnEncryptedSample * number_at(payload, 4);
    case fourcc("saiz"):
      return kOfAnEncryptedSample * number_at(payload, (number_at(payload, 0) & 1U) != 0 ? 13 : 5);
    case fourcc("dref"):
      return kOfADataReference * number_at(payload, 4);
    case fourcc("HMMT"):
      return kOfAHighlight * number_at(payload, 0);
    case fourcc("sgpd"):
      return number_at(payload, 4) == fourcc("sync")
                 ? number_at(
                       payload,
                       kNumberOfGroups[std::min<std::size_t>(version, kNumberOfGroups.size() - 1)])
                 : 0;
    case fourcc("iinf"):
      return kOfAnItem * (version == 0 ? number_at(payload, 4) >> 16U : number_at(payload, 4));
    case fourcc("iloc"):
      return kOfAnItem * (version < 2 ? number_at(payload, 6) >> 16U : number_at(payload, 6));
    default:
      return 0;
  }
}

}  // namespace

IndexGuard::IndexGuard(io::ByteSource& source, std::uint64_t most)
    : source_(source),
      most_(entries_limit(source.identity().size, most)),
      regions_{{kWholeFile, source.identity().size}} {
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
  const Region parent = regions_.back();
  std::array<std::byte, 16> buffer{};
  const std::size_t length = std::min<std::uint64_t>(buffer.size(), parent.end - next_);
  const Bytes head = fetch(next_, std::span(buffer).first(length));
  if (const auto box = find_box(head, next_, parent)) {
    look_at(*box);
  } else {
    leave();
  }
}

// libavformat reads numbers of a box that is too short for them from what lies behind it.
void IndexGuard::look_at(const FoundBox& box) {
  std::array<std::byte, kSeen> buffer{};
  const std::size_t length = std::min<std::uint64_t>(kSeen, size() - box.payload);
  const bool counts = has_numbers(box.type);
  look_into(box, counts ? fetch(box.payload, std::span(buffer).first(length)) : Bytes{});
  leave_what_ended();
}

void IndexGuard::look_into(const FoundBox& box, Bytes payload) {
  next_ = box.end;
  // Where libavformat ends such a one, it takes what it has of the track around it for whole. And a
  // free box that begins like one it takes for one only if it finds no other.
  if (box.type == fourcc("moov") && !at_top() && box.end > box.payload) {
    refuse("it has an index inside another box");
  }
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
  } else if (box.type == fourcc("sbgp") && number_at(payload, 4) == fourcc("sync")) {
    track_.has_sync_groups();
    enter_table(box, payload, number_at(payload, 0) >> 24U == 1 ? 12 : 8);
  } else if (box.type == fourcc("chap")) {
    entries_left_ = (box.end - box.payload) / entry_size(box.type);
    chapters_.begin_list();
    if (entries_left_ > 0) {
      enter(box.type, box.payload, box.end);
    }
  } else if (box.type == fourcc("stsd")) {
    check_description(box, payload);
  } else if (box.type == fourcc("cmov")) {
    refuse("its index is compressed (cmov), so that its size cannot be seen");
  }
}

/// What needs no more than the first bytes of a box.
void IndexGuard::count(const FoundBox& box, Bytes payload) {
  const std::uint32_t version = number_at(payload, 0) >> 24U;
  switch (box.type) {
    case fourcc("tkhd"):
      track_id_ = number_at(payload, version == 1 ? 20 : 12);
      return;
    case fourcc("hdlr"):
      return track_.handler_box(payload, is_handler_of_track(box));
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
    case fourcc("moof"):
      return claim(tracks_);
    case fourcc("sidx"):  // the number is the lower half of these four bytes
      return claim(tracks_ * (number_at(payload, version == 0 ? 20 : 28) & 0xFFFFU));
    default:
      return claim(claimed_alone(box.type, payload));
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
void IndexGuard::enter_meta(const FoundBox& box) {
  std::array<std::byte, kPiece> buffer{};
  for (std::uint64_t at = box.payload; at + kSmallestBox < box.end; at += kPiece) {
    const std::size_t length = std::min<std::uint64_t>(kPiece, box.end - at);
    const Bytes piece = fetch(at, std::span(buffer).first(length));
    for (std::size_t i = 0; i + 4 <= piece.size() && at + i + kSmallestBox < box.end; i += 4) {
      if (number_at(piece, i) == fourcc("hdlr")) {
        return enter(box.type, at + i - 4, box.end);
      }
    }
  }
}

void IndexGuard::enter_table(const FoundBox& box, Bytes payload, std::size_t head) {
  const std::uint64_t begin = box.payload + head + 4;
  entries_left_ = number_at(payload, head);
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
  const std::uint32_t first = number_at(entry, 0);
  if (type == fourcc("stsc")) {
    track_.chunk_run(first, number_at(entry, 4));
  } else if (type == fourcc("chap")) {
    chapters_.refer(first);
    check();
  } else if (type == fourcc("sbgp") || first <= INT32_MAX) {  // libavformat leaves such ctts out
    track_.spread(first);
  }
}

/// libavformat goes from entry to entry by what it has read of each, and takes lengths that reach
/// beyond the box: then it would find boxes where none are seen. Behind the end of the file are
/// none.
void IndexGuard::check_description(const FoundBox& box, Bytes payload) {
  constexpr std::uint64_t kHead = 8;
  const bool is_last = box.end == size();
  const std::uint64_t length = box.end - box.payload;
  const std::uint64_t entries = number_at(payload, 4);
  if (!is_last && (length < kHead || entries > (length - kHead) / kSmallestBox)) {
    refuse(fmt::format("its sample description is too short for {} entries", entries));
  }
  // Outside a track it belongs to the last one, of which nothing is certain here any more.
  bool skipped = track_.is_data();  // until an entry makes a video of a track of data
  bool by_length = track_.is_data_or_text();
  std::uint64_t at = box.payload + kHead;
  for (std::uint64_t i = 1; i <= entries && at + kSmallestBox <= box.end; ++i) {
    std::array<std::byte, kSampleEntryHead> buffer{};
    const std::uint64_t room = box.end - at;
    const std::size_t seen = std::min<std::uint64_t>(buffer.size(), room);
    const Bytes entry = fetch(at, std::span(buffer).first(seen));
    const std::uint64_t entry_size = number_at(entry, 0);
    if (entry_size < kSmallestBox) {
      return;  // it gives up as well
    }
    skipped = skipped && is_skipped_entry(number_at(entry, 4));
    by_length = by_length && (skipped || is_text_entry(number_at(entry, 4)));
    const bool too_short =
        i < entries && !by_length && entry_size < track_.description_bytes(entry);
    if (too_short || (entry_size > room && !is_last)) {
      refuse(fmt::format("entry {} of {} in its sample description is cut off", i, entries));
    }
    if (!skipped) {
      const std::uint64_t head = track_.is_pictures() ? kSampleEntryHead : kSmallestBox;
      check_entry(at + head, at + std::min(entry_size, room));
    }
    at += std::min(entry_size, room);
  }
}

/// Where boxes in an entry begin depends on its format, and tables would be taken there as well.
void IndexGuard::check_entry(std::uint64_t begin, std::uint64_t end) {
  std::array<std::byte, kPiece> buffer{};
  constexpr std::size_t kType = 4;
  for (std::uint64_t at = begin; at + kType <= end; at += kPiece - kType + 1) {
    const std::size_t length = std::min<std::uint64_t>(kPiece, end - at);
    const Bytes piece = fetch(at, std::span(buffer).first(length));
    for (std::size_t i = 0; i + kType <= piece.size(); ++i) {
      if (claims_something(number_at(piece, i))) {
        refuse(fmt::format(
            "its sample description holds '{}', which belongs elsewhere",
            mp4::to_text(number_at(piece, i))));
      }
    }
  }
}

/// Directly in the track's media, and whole: there libavformat sees it as well. Others may be where
/// it does not look, and what they say may not make the guard less careful.
bool IndexGuard::is_handler_of_track(const FoundBox& box) const {
  constexpr std::uint64_t kShortest = 12;
  const std::size_t depth = regions_.size();
  return depth >= 2 && regions_[depth - 1].type == fourcc("mdia") &&
         regions_[depth - 2].type == fourcc("trak") && box.end - box.payload >= kShortest;
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
  const std::uint64_t entries = track_.entries();
  chapters_.track(track_id_, entries);
  track_ = {};
  track_id_ = 0;
  claim(entries);
}

void IndexGuard::claim(std::uint64_t entries) {
  claimed_ = std::min(claimed_ + entries, TrackClaims::kPlenty);
  check();
}

void IndexGuard::check() {
  if (std::max<std::uint64_t>(tracks_, chapters_.tracks()) > kMostTracks) {
    refuse(fmt::format("it has more than {} tracks, or refers to more", kMostTracks));
  }
  const std::uint64_t claimed = claimed_ + chapters_.entries();
  if (claimed > most_) {
    refuse(fmt::format(
        "its index claims {} entries (samples, each again for every edit, titles of chapters, and "
        "the like); {} are the limit for a file of {} bytes",
        claimed,
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
  const Bytes have = io::read_up_to(source_, offset, out);
  read_ += have.size();
  if (read_ > kMostRead) {
    refuse("too much of it has to be read to find out what its index claims");
  }
  return have;
}

}  // namespace s3reel::media
