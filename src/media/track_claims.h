#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace s3reel::media {

/// How many entries libavformat's index of one track of an MP4 or MOV will have, by what the boxes
/// of the track claim. Never less than it will make, except where its own limits stop it.
///
/// Each `*_box` takes the payload of such a box, as far as it was read; tables are given piece by
/// piece. Every number saturates at kPlenty.
class TrackClaims {
 public:
  static constexpr std::uint64_t kPlenty = std::uint64_t{1} << 56U;

  using Bytes = std::span<const std::byte>;

  void handler_box(Bytes payload);
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

  /// No handler so far says that it is pictures, sound or subtitles.
  [[nodiscard]] bool is_data() const { return is_data_or_text() && !text_; }

  [[nodiscard]] bool is_data_or_text() const { return !sound_ && !pictures_ && !other_; }

  [[nodiscard]] bool is_pictures() const { return pictures_ && !sound_ && !text_ && !other_; }

  /// How much libavformat reads at most of an entry of the sample description before it looks for
  /// boxes in it; `entry` is its beginning.
  [[nodiscard]] std::uint64_t description_bytes(Bytes entry) const;

 private:
  [[nodiscard]] bool is_sound() const { return sound_ && !pictures_ && !text_ && !other_; }

  [[nodiscard]] bool joins_samples() const;
  [[nodiscard]] std::uint64_t joined() const;
  [[nodiscard]] std::uint64_t pieces(std::uint64_t samples) const;

  // What handlers say that it is.
  bool sound_ = false;
  bool pictures_ = false;
  bool text_ = false;  ///< subtitles
  bool other_ = false;
  std::uint32_t time_boxes_ = 0;
  std::uint32_t unit_times_ = 0;  ///< of these, those by which every sample takes one unit
  std::uint64_t samples_ = 0;
  std::uint64_t edits_ = 0;
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
