#pragma once

#include <optional>
#include <string>

#include "media/container.h"
#include "media/ffmpeg.h"
#include "s3reel/job.h"

namespace s3reel::media {

/// The first frame that goes into the encoder decides: only it shows what the bitstream really
/// says.
struct EncoderInput {
  AVCodecID source_codec = AV_CODEC_ID_NONE;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  AVPixelFormat home = AV_PIX_FMT_NONE;  ///< see Picture; NONE: as format
  int width = 0;
  int height = 0;
  AVRational time_base{0, 1};
};

struct EncoderChoice {
  const AVCodec* codec = nullptr;
  AVPixelFormat format = AV_PIX_FMT_NONE;  ///< what it is fed
  std::string reason{};                    ///< why not the source's codec; empty if it is
  std::string format_loss{};  ///< what the change of pixel format loses; empty if nothing
};

/// Why the result is not in the source's codec, for the report; empty if it is.
std::string choice_note(const EncoderChoice& choice);

/// Takes the place of an encoder that cannot be used.
inline constexpr const char* kFallbackEncoder = "libx264";

/// The encoder's name for a source codec: the same codec where there is a good free encoder for it,
/// else libx264.
const char* encoder_name(AVCodecID source);

/// Chooses encoder and pixel format (docs/codecs.md). A codec the user named is used as it is or
/// refused with Error{usage}; one chosen by the source's codec gives way to libx264, with the
/// reason, when the container, the encoder or the time base refuses it.
EncoderChoice choose_encoder(
    const VideoSettings& settings, Container container, const EncoderInput& input);

}  // namespace s3reel::media
