#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "media/decoder.h"
#include "media/ptr.h"
#include "s3reel/error.h"

namespace s3reel::media {

/// Turns one audio stream into AAC: for codecs the container does not take. Used by one thread.
///
/// The encoder's input is one run of samples. Where the source's times leave a hole the run is
/// filled with silence, where they overlap the surplus is cut, so sound stays with the picture; a
/// hole or overlap of more than a day is Error{input}. A source that goes on with another sample
/// rate, layout or format is converted to what the first parameters gave.
class AudioEncoder {
 public:
  using OnPacket = std::function<void(PacketPtr)>;

  AudioEncoder(const AVStream& source, std::string subject);

  AudioEncoder(const AudioEncoder&) = delete;
  AudioEncoder& operator=(const AudioEncoder&) = delete;
  ~AudioEncoder() = default;

  void encode(const AVPacket& packet, const OnPacket& on_packet);
  void drain(const OnPacket& on_packet);

  /// For the muxer's stream; its time base is 1/sample rate, that of the packets.
  [[nodiscard]] const AVCodecContext& context() const { return *codec_; }

  /// Samples, at the rate of context(), of silence put in and of sound cut, for the report.
  [[nodiscard]] std::int64_t filled() const { return filled_; }

  [[nodiscard]] std::int64_t cut() const { return cut_; }

  /// How often the sound went on with another sample rate, channel layout or sample format.
  [[nodiscard]] int changes() const { return changes_; }

 private:
  void take(const AVFrame& frame, const OnPacket& on_packet);
  void follow_change(const AVFrame& frame, const OnPacket& on_packet);
  void open_resampler(const AVFrame& frame);
  void align(const AVFrame& frame, const OnPacket& on_packet);
  void fill(std::int64_t gap, const OnPacket& on_packet);
  void convert(const AVFrame* frame, const OnPacket& on_packet);
  int convert_some(const std::uint8_t** in, int count);
  void encode_waiting(const OnPacket& on_packet);
  void send(const AVFrame* frame, const OnPacket& on_packet);
  [[nodiscard]] std::int64_t rescaled(std::int64_t time, AVRational from, AVRational to) const;
  [[nodiscard]] Error wrong_times(std::string reason) const;

  std::string subject_;
  AVRational source_time_base_;
  Decoder decoder_;
  CodecPtr codec_;
  SwrPtr resampler_;
  FramePtr kind_;    ///< no samples: the parameters of those that the resampler takes
  FramePtr next_;    ///< the encoder's next frame, null until there is sound for it
  int waiting_ = 0;  ///< samples in next_
  std::optional<std::int64_t> next_in_;  ///< time of the next sample into the resampler
  std::int64_t next_out_ = 0;            ///< time of the next sample into the encoder
  std::int64_t to_cut_ = 0;              ///< samples for the encoder that are not to reach it
  std::int64_t filled_ = 0;
  std::int64_t cut_ = 0;
  int changes_ = 0;
};

}  // namespace s3reel::media
