#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "media/decoder.h"
#include "media/ptr.h"

namespace s3reel::media {

/// Turns one audio stream into AAC: for codecs the container does not take. Used by one thread.
///
/// The encoder's input is one run of samples. Where the source's times leave a hole the run is
/// filled with silence, where they overlap the surplus is cut, so sound stays with the picture.
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

  /// Samples of silence put in, and samples cut, for the report.
  [[nodiscard]] std::int64_t filled() const { return filled_; }

  [[nodiscard]] std::int64_t cut() const { return cut_; }

 private:
  void take(const AVFrame& frame, const OnPacket& on_packet);
  void resample(const AVFrame* frame);
  void align(const AVFrame& frame);
  void encode_ready(bool last, const OnPacket& on_packet);
  void send(const AVFrame* frame, const OnPacket& on_packet);
  void open_resampler(const AVFrame& frame);

  std::string subject_;
  AVRational source_time_base_;
  Decoder decoder_;
  CodecPtr codec_;
  SwrPtr resampler_;
  std::optional<std::int64_t> next_in_;  ///< time of the next sample into the resampler
  std::int64_t next_out_ = 0;            ///< time of the next sample into the encoder
  std::int64_t filled_ = 0;
  std::int64_t cut_ = 0;
};

}  // namespace s3reel::media
