#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace s3reel::media {

/// Decode times of an encoder's packets, made from the presentation times that went in instead of
/// taken from the encoder: dts[i] is the i-th presentation time, `depth` packets late. Since at
/// most `depth` packets stand before one that is shown earlier, dts <= pts holds; the sequence is
/// monotone, and the same for the same times, however the encoding was split.
///
/// The first `depth` packets come before the first frame's time by multiples of the first interval.
class DecodeTimes {
 public:
  /// `depth`: how far the encoder reorders, 0 without B-frames.
  explicit DecodeTimes(int depth) : depth_(depth) {}

  /// A frame went into the encoder. Times ascend strictly.
  void add(std::int64_t pts);

  /// The decode time of the next packet that came out. `fallback_interval` counts when the encoder
  /// saw a single frame. nullopt: more packets came out than frames went in.
  std::optional<std::int64_t> next(std::int64_t fallback_interval);

 private:
  int depth_;
  int lead_ = 0;                    ///< packets given a time before the first frame's
  std::deque<std::int64_t> times_;  ///< of frames whose packet has not come out, and `depth` more
  std::int64_t first_ = 0;
  std::optional<std::int64_t> interval_;
  std::size_t added_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace s3reel::media
