#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "media/decode_times.h"
#include "media/encoder_choice.h"
#include "media/frame_extras.h"
#include "media/ptr.h"
#include "s3reel/job.h"

namespace s3reel::media {

/// What an encoder must be told beyond its settings.
struct EncoderContext {
  AVRational time_base{1, 90000};  ///< of the frames' pts, and of the packets'
  AVRational frame_rate{25, 1};    ///< for rate control, and frames that do not say how long
  AVRational sample_aspect{0, 1};
};

/// The encode loop of the video. Used by one thread.
///
/// Frames must ascend strictly in pts and keep the size of the first: libavcodec does not look, and
/// would read beyond their planes. Another size is Error{input}. Packets leave with the pts and the
/// duration of their frame and with a decode time of ours (DecodeTimes); the encoder's own is
/// dropped.
class VideoEncoder {
 public:
  using OnPacket = std::function<void(PacketPtr)>;

  /// Opens the encoder for frames like `first`, whose colour description it takes over. Throws
  /// Error{usage} for options the encoder does not know or does not accept.
  VideoEncoder(
      const EncoderChoice& choice,
      const VideoSettings& settings,
      const EncoderContext& context,
      const AVFrame& first);

  VideoEncoder(const VideoEncoder&) = delete;
  VideoEncoder& operator=(const VideoEncoder&) = delete;
  ~VideoEncoder();

  void encode(FramePtr frame, const OnPacket& on_packet);

  /// No frame follows: delivers what is still inside.
  void drain(const OnPacket& on_packet);

  /// What of the frames so far is not in the packets, in words.
  [[nodiscard]] std::vector<std::string> losses() const;

  /// For the muxer's stream; valid as long as the encoder.
  [[nodiscard]] const AVCodecContext& context() const { return *codec_; }

 private:
  void check_size(const AVFrame& frame) const;
  void send(const AVFrame* frame, const OnPacket& on_packet);
  void stamp(AVPacket& packet);
  void feed_blank() noexcept;

  CodecPtr codec_;
  bool fed_ = false;
  std::optional<FrameExtras> extras_;  ///< of the open encoder
  DecodeTimes decode_times_;
  std::int64_t usual_duration_;
  std::map<std::int64_t, std::int64_t> durations_;  ///< by pts, of frames inside the encoder
};

}  // namespace s3reel::media
