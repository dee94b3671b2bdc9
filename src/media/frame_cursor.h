#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/frame_times.h"
#include "media/sample_index.h"
#include "media/stream_map.h"

namespace s3reel::media {

/// Decodes the picture of a source from any place on, and no more of it than that takes. Times are
/// those of frames that process() would give to its ops: in ticks of time_base(), zero at `start`.
///
/// Where an index lists every sample it tells which packets a frame needs. Elsewhere the container
/// is asked for a place, and for one further back as long as what it finds lies too far ahead.
///
/// Used by one thread; the demuxer must outlive it.
class FrameCursor {
 public:
  struct Span {
    std::int64_t from = 0;
    std::int64_t to = 0;  ///< what is shown then is included
  };

  FrameCursor(Demuxer& demuxer, int stream, Instant start, int threads);

  FrameCursor(const FrameCursor&) = delete;
  FrameCursor& operator=(const FrameCursor&) = delete;
  ~FrameCursor() = default;

  [[nodiscard]] AVRational time_base() const { return {1, stream().time_base.den}; }

  /// As many as the index lists; nullopt: it does not list all.
  [[nodiscard]] std::optional<int> samples() const;

  /// Of an index that lists all: the last of them is decoded by then.
  [[nodiscard]] bool needs_last_sample(std::int64_t time) const;

  /// Nothing is shown at `time` any more; false where no index tells. It may read, not decode, the
  /// last group.
  [[nodiscard]] bool has_ended_by(std::int64_t time);

  /// Tells the source that only these spans, ascending, will be asked for from now on.
  void plan(const std::vector<Span>& spans);

  /// The next frame is the one shown at `time`, or the first one where none is shown yet.
  void seek(std::int64_t time);

  /// In the order of presentation, null at the end. After at() only behind another seek(). Throws
  /// Error{input} for damage, and at the end of a film that was read from its beginning and lacks
  /// something.
  FramePtr next();

  /// The frame shown at `time`, or the first one where none is shown yet; null: there is no frame.
  /// `then`: what is going to be asked for next, later than `time`.
  FramePtr at(std::int64_t time, std::optional<std::int64_t> then = std::nullopt);

  /// What at() gave is the last frame of the film.
  [[nodiscard]] bool is_at_last() const { return read_to_end_ && ready_.size() == 1; }

 private:
  [[nodiscard]] const AVStream& stream() const { return demuxer_.stream(stream_); }

  [[nodiscard]] std::int64_t in_stream(std::int64_t time) const;
  [[nodiscard]] bool in_one_group(std::int64_t a, std::int64_t b) const;
  [[nodiscard]] bool leads_to(std::int64_t time) const;
  /// Calls `decode` at the places from which it may reach `time`, until it has.
  void approach(std::int64_t time, const std::function<void()>& decode);
  void restart(std::int64_t place, bool from_beginning);
  [[nodiscard]] bool is_beginning(std::int64_t place) const;
  [[nodiscard]] std::int64_t place_before(std::int64_t place, std::int64_t back) const;
  void new_decoder(Decoder::Begin begin);
  [[nodiscard]] std::int64_t end_of_last_group();

  /// Decodes until so many frames are ready; false: fewer are left.
  bool fill(std::size_t frames);
  /// Drops frames until the one shown at `time` is the first.
  void advance(std::int64_t time);
  /// Drops ready frames that are shown before the one at `time`.
  void trim(std::int64_t time);
  /// The first ready frame is the one shown at `time`.
  [[nodiscard]] bool holds(std::int64_t time) const;
  /// Decodes all packets that the frame shown at `time` may need, and none behind them.
  void decode_up_to(std::int64_t time);
  /// The decoder gave all that decode_up_to() had for that time.
  [[nodiscard]] bool is_complete() const;
  bool read(AVPacket& packet);
  void decode(const AVPacket& packet);
  void drain();
  void break_off();
  void take(FramePtr frame);

  Demuxer& demuxer_;
  const int stream_;
  const Instant start_;
  const int threads_;
  const std::string subject_;
  const SampleIndex index_;
  const bool has_fields_;
  const PacketPtr packet_ = make_packet();
  std::optional<Decoder> decoder_;
  std::optional<FrameTimes> times_;
  std::deque<FramePtr> ready_;  ///< decoded, in order
  bool untouched_ = true;       ///< nothing was read yet
  bool sought_ = false;         ///< it was not read from its beginning on
  bool awaits_key_ = false;     ///< packets before one are of no use
  bool ended_ = false;          ///< the decoder was drained: nothing follows but a restart
  bool read_to_end_ = false;    ///< because no packet was left
  std::int64_t expected_ = AV_NOPTS_VALUE;  ///< time of the frame that decode_up_to() decoded
  std::optional<std::int64_t> end_;  ///< of the last picture, in the stream's time; as it was read
  std::int64_t position_ = 0;        ///< decode time of the last packet, in the stream's time base
};

}  // namespace s3reel::media
