#include "media/track_claims.h"

#include <algorithm>
#include <array>

#include "media/index_boxes.h"
#include "mp4/box.h"

namespace s3reel::media {
namespace {

using mp4::fourcc;
using mp4::FourCc;

/// Of GSM, the shortest frame for which libavformat makes an entry of its own.
constexpr std::uint64_t kShortestPiece = 160;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return std::min(a + b, TrackClaims::kPlenty);
}

bool is_pcm(FourCc format) {
  static constexpr std::array kPcm{
      fourcc("sowt"),
      fourcc("twos"),
      fourcc("raw "),
      fourcc("NONE"),
      fourcc("in24"),
      fourcc("in32"),
      fourcc("fl32"),
      fourcc("fl64"),
      fourcc("lpcm"),
      fourcc("ipcm"),
      fourcc("fpcm"),
      fourcc("ulaw"),
      fourcc("alaw")};
  return std::find(kPcm.begin(), kPcm.end(), format) != kPcm.end();
}

}  // namespace

std::uint64_t claimed_product(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > TrackClaims::kPlenty / a ? TrackClaims::kPlenty : a * b;
}

// Handlers of data references and metadata say nothing about a track, unless they lie where it is
// not certain what libavformat takes them for.
void TrackClaims::handler_box(Bytes payload, bool certain) {
  // Of all versions of libavformat.
  static constexpr std::array kTold{
      fourcc("vide"),
      fourcc("soun"),
      fourcc("subp"),
      fourcc("clcp"),
      fourcc("pict"),
      fourcc("auxv"),
      fourcc("m1a ")};
  const FourCc handler = number_at(payload, 8);
  if (certain) {
    kinds_ |= kind_of(handler);
  } else if (std::find(kTold.begin(), kTold.end(), handler) != kTold.end()) {
    kinds_ |= kAnything;
  }
}

unsigned TrackClaims::kind_of(FourCc handler) {
  switch (handler) {
    case fourcc("vide"):
      return kPictures;
    case fourcc("soun"):
      return kSound;
    case fourcc("subp"):
    case fourcc("clcp"):
      return kText;
    case fourcc("tmcd"):
    case fourcc("meta"):
    case fourcc("text"):
    case fourcc("sbtl"):
    case fourcc("subt"):
    case fourcc("hint"):
    case fourcc("fdsc"):
      return kData;
    default:
      return kAnything;
  }
}

// version, flags, number of entries; of the first: length, format, 8 bytes, version, 18 bytes and,
// in version 1, the samples of a packet.
void TrackClaims::description_box(Bytes payload) {
  constexpr std::uint32_t kVersion1 = 1;
  const bool is_one = number_at(payload, 4) == 1;
  const std::uint32_t version = number_at(payload, 24) >> 16U;
  const bool has_frames = version == kVersion1 && number_at(payload, 44) >= kShortestPiece;
  if (!is_one || !is_pcm(number_at(payload, 12)) || has_frames) {
    samples_a_piece_ = kShortestPiece;
  }
}

// Pictures of few colours are followed by a palette, unless it is one of QuickTime's. Of data it
// depends on the format, which may be one of pictures.
std::uint64_t TrackClaims::description_bytes(Bytes entry) const {
  constexpr std::uint64_t kPalette = 8 + 256 * 8;
  const std::uint32_t sound_version = number_at(entry, 16) >> 16U;
  if (is_sound()) {
    constexpr std::array<std::uint64_t, 3> kByVersion{36, 52, 72};
    return kByVersion[std::min<std::size_t>(sound_version, kByVersion.size() - 1)];
  }
  const std::uint32_t depth_and_table = number_at(entry, 82);
  const std::uint32_t depth = (depth_and_table >> 16U) & 0x1FU;
  const bool few_colours = depth == 1 || depth == 2 || depth == 4 || depth == 8;
  const bool own_colours = few_colours && (depth_and_table & 0xFFFFU) == 0;
  return kSampleEntryHead + (own_colours ? kPalette : 0);
}

void TrackClaims::times_box(Bytes payload) {
  ++time_boxes_;
  if (number_at(payload, 4) == 1 && number_at(payload, 12) == 1) {
    ++unit_times_;
  }
}

void TrackClaims::sizes_box(Bytes payload) {
  samples_ = sum(samples_, number_at(payload, 8));
}

// libavformat goes by the length of the box where the number of its entries is another, and leaves
// out what is empty before the first edit that is not.
void TrackClaims::edits_box(Bytes payload, std::uint64_t length) {
  constexpr std::size_t kHead = 8;
  constexpr std::uint32_t kEmpty = UINT32_MAX;
  const bool is_long = number_at(payload, 0) >> 24U == 1;
  const std::size_t entry = is_long ? 20 : 12;
  if (length <= kHead) {
    return;
  }
  const std::uint64_t shown_and_empty = (length - kHead) / entry;
  std::uint64_t shown = shown_and_empty;
  for (std::size_t at = kHead; shown > 0 && at + entry <= payload.size(); at += entry) {
    const bool upper_is_empty = !is_long || number_at(payload, at + 8) == kEmpty;
    if (!upper_is_empty || number_at(payload, at + (is_long ? 12 : 4)) != kEmpty) {
      break;
    }
    --shown;
  }
  listed_edits_ = sum(listed_edits_, shown_and_empty);
  edits_ = sum(edits_, shown);
}

void TrackClaims::offsets_box(Bytes payload) {
  chunks_ = sum(chunks_, number_at(payload, 4));
}

void TrackClaims::chunk_run(std::uint32_t first_chunk, std::uint32_t samples) {
  if (run_samples_ != 0) {
    runs_ascend_ = runs_ascend_ && first_chunk > run_first_;
    run_pieces_ =
        sum(run_pieces_,
            claimed_product(runs_ascend_ ? first_chunk - run_first_ : 0, pieces(run_samples_)));
  }
  runs_ascend_ = runs_ascend_ && first_chunk >= 1 && samples >= 1;
  run_first_ = first_chunk;
  run_samples_ = samples;
  longest_chunk_ = std::max(longest_chunk_, samples);
}

void TrackClaims::spread(std::uint64_t samples) {
  spread_ = sum(spread_, samples);
}

std::uint64_t TrackClaims::pieces(std::uint64_t samples) const {
  return (samples + samples_a_piece_ - 1) / samples_a_piece_;
}

/// What libavformat makes of sound whose samples take one unit each: an entry for 1024 of them, and
/// at least one for each chunk.
std::uint64_t TrackClaims::joined() const {
  if (!runs_ascend_) {  // it mends them in its own way
    return claimed_product(chunks_, pieces(longest_chunk_));
  }
  const std::uint64_t before_last = run_first_ - std::uint64_t{1};
  const std::uint64_t last = chunks_ > before_last ? chunks_ - before_last : 0;
  return sum(run_pieces_, claimed_product(last, pieces(run_samples_)));
}

bool TrackClaims::joins_samples() const {
  return is_sound() && time_boxes_ > 0 && time_boxes_ == unit_times_;
}

// Every edit may list all of them again.
std::uint64_t TrackClaims::entries() const {
  constexpr std::uint64_t kSpreadInAnEntry = 4;  // 4 bytes of 24, and two tables
  const std::uint64_t once = joins_samples() ? joined() : std::max(samples_, joined());
  const std::uint64_t groups = sync_groups_ ? spread_ / kSpreadInAnEntry : 0;
  const std::uint64_t shown = claimed_product(once, std::max<std::uint64_t>(edits_, 1));
  return sum(sum(shown, listed_edits_), groups);
}

}  // namespace s3reel::media
