#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mp4/box.h"

namespace s3reel::media {

/// How many entries libavformat's index of one track of an MP4 or MOV will have at most, by what
/// the boxes of the track claim. Where it depends on its version, or cannot be seen, it is the
/// most.
///
/// Each `*_box` takes the payload of such a box, as far as it was read; tables are given piece by
/// piece. Every number saturates at kPlenty.
class TrackClaims {
 public:
  static constexpr std::uint64_t kPlenty = std::uint64_t{1} << 56U;

  using Bytes = std::span<const std::byte>;

  /// `certain`: libavformat takes it for the track's.
  void handler_box(Bytes payload, bool certain);
  void description_box(Bytes payload);
  void times_box(Bytes payload);
  void sizes_box(Bytes payload);
  void edits_box(Bytes payload, std::uint64_t length);
  void offsets_box(Bytes payload);

  /// One entry of stsc.
  void chunk_run(std::uint32_t first_chunk, std::uint32_t samples);

  /// One entry of ctts or sbgp: so many samples have a value of their own.
  void spread(std::uint64_t samples);

  /// There are sync sample groups, for which libavformat makes an entry of every sample in ctts and
  /// sbgp.
  void has_sync_groups() { sync_groups_ = true; }

  [[nodiscard]] std::uint64_t entries() const;

  // Whether it is that for certain, by the handlers so far.
  [[nodiscard]] bool is_data() const { return kinds_ == kData; }

  [[nodiscard]] bool is_data_or_text() const { return kinds_ == kData || kinds_ == kText; }

  [[nodiscard]] bool is_pictures() const { return kinds_ == kPictures; }

  /// How much libavformat reads at most of an entry of the sample description before it looks for
  /// boxes in it; `entry` is its beginning.
  [[nodiscard]] std::uint64_t description_bytes(Bytes entry) const;

 private:
  // What handlers say that it is; none of these alone: it may be anything.
  static constexpr unsigned kPictures = 1;
  static constexpr unsigned kSound = 2;
  static constexpr unsigned kText = 4;
  static constexpr unsigned kData = 8;
  static constexpr unsigned kAnything = 16;

  static unsigned kind_of(mp4::FourCc handler);

  [[nodiscard]] bool is_sound() const { return kinds_ == kSound; }

  [[nodiscard]] bool joins_samples() const;
  [[nodiscard]] std::uint64_t joined() const;
  [[nodiscard]] std::uint64_t pieces(std::uint64_t samples) const;

  unsigned kinds_ = 0;  ///< those of all handlers together
  std::uint32_t time_boxes_ = 0;
  std::uint32_t unit_times_ = 0;  ///< of these, those by which every sample takes one unit
  std::uint64_t samples_ = 0;
  std::uint64_t listed_edits_ = 0;
  std::uint64_t edits_ = 0;  ///< those that may show samples
  std::uint64_t chunks_ = 0;
  std::uint64_t spread_ = 0;
  bool sync_groups_ = false;

  std::uint64_t samples_a_piece_ = 1'024;
  // The runs of stsc: what those before the last come to, and the last.
  std::uint64_t run_pieces_ = 0;
  std::uint32_t run_first_ = 1;
  std::uint32_t run_samples_ = 0;
  std::uint32_t longest_chunk_ = 0;
  bool runs_ascend_ = true;
};

/// a * b, at most TrackClaims::kPlenty.
std::uint64_t claimed_product(std::uint64_t a, std::uint64_t b);

}  // namespace s3reel::media
