#include "media/encoder_choice.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "media/compat.h"
#include "media/converter.h"
#include "media/format_loss.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

bool holds(const std::vector<AVPixelFormat>& list, AVPixelFormat format) {
  return list.empty() || std::find(list.begin(), list.end(), format) != list.end();
}

// libx264 refuses odd sizes at subsampled chroma (x264's "width not divisible by 2").
bool odd_size_refused(const AVCodec& codec, AVPixelFormat format, const EncoderInput& input) {
  if (std::string(codec.name) != kFallbackEncoder) {
    return false;
  }
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format);
  const auto odd = [](int size, int shift) {
    return (size & ((1 << shift) - 1)) != 0;
  };
  return odd(input.width, pixel.log2_chroma_w) || odd(input.height, pixel.log2_chroma_h);
}

AVPixelFormat full_chroma(AVPixelFormat format) {
  return av_pix_fmt_desc_get(format)->comp[0].depth > 8 ? AV_PIX_FMT_YUV444P10 : AV_PIX_FMT_YUV444P;
}

AVPixelFormat home_of(const EncoderInput& input) {
  return input.home == AV_PIX_FMT_NONE ? input.format : input.home;
}

EncoderChoice with_format(const AVCodec& codec, const EncoderInput& input) {
  const std::vector<AVPixelFormat> formats = compat::pixel_formats(codec);
  // Frames that were converted for an op go back to what they were; that is no loss.
  const AVPixelFormat home = home_of(input);
  EncoderChoice choice{.codec = &codec, .format = home};
  const auto otherwise = [&](AVPixelFormat format) {
    if (!holds(formats, choice.format)) {
      choice.format = format;
    }
  };
  otherwise(without_j(home));
  otherwise(input.format);
  otherwise(without_j(input.format));
  if (!holds(formats, choice.format)) {
    std::vector<AVPixelFormat> list = formats;
    list.push_back(AV_PIX_FMT_NONE);
    const int alpha = has_alpha(home) ? 1 : 0;
    choice.format = avcodec_find_best_pix_fmt_of_list(list.data(), home, alpha, nullptr);
    choice.format_loss = describe_loss(home, choice.format, format_loss(home, choice.format));
  }
  if (odd_size_refused(codec, choice.format, input)) {
    choice.format = full_chroma(choice.format);
  }
  return choice;
}

bool encoder_takes(const AVCodec& codec, const EncoderInput& input) {
  const std::vector<AVPixelFormat> formats = compat::pixel_formats(codec);
  return holds(formats, input.format) || holds(formats, without_j(input.format)) ||
         holds(formats, home_of(input)) || holds(formats, without_j(home_of(input)));
}

bool container_takes(Container container, AVCodecID id) {
  AVCodecParameters parameters{};
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = id;
  return takes_codec(container, parameters);
}

// MPEG-4 part 2 has 16 bits for the denominator of its time base.
bool time_base_refused(const AVCodec& codec, AVRational time_base) {
  return codec.id == AV_CODEC_ID_MPEG4 && time_base.den > 65535;
}

const AVCodec& require(const char* name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "video codec",
        .subject = name,
        .reason = "these FFmpeg libraries have no such video encoder",
        .hint = "`ffmpeg -encoders` lists what is there; leave --video-codec out for the default"});
  }
  return *codec;
}

EncoderChoice user_choice(const std::string& name, Container container, const EncoderInput& input) {
  const AVCodec& codec = require(name.c_str());
  const auto refuse = [&name](std::string reason) {
    return Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "video codec",
        .subject = name,
        .reason = std::move(reason),
        .hint = "choose another --video-codec or --format"});
  };
  if (!container_takes(container, codec.id)) {
    throw refuse(fmt::format("{} does not take it", facts(container).name));
  }
  if (time_base_refused(codec, input.time_base)) {
    throw refuse(fmt::format("it cannot keep times of 1/{} s", input.time_base.den));
  }
  return with_format(codec, input);
}

}  // namespace

const char* encoder_name(AVCodecID source) {
  switch (source) {
    case AV_CODEC_ID_HEVC:
      return "libx265";
    case AV_CODEC_ID_AV1:
      return "libsvtav1";
    case AV_CODEC_ID_VP9:
      return "libvpx-vp9";
    default:
      return kFallbackEncoder;
  }
}

std::string choice_note(const EncoderChoice& choice) {
  return choice.reason.empty()
             ? std::string()
             : fmt::format("the picture is encoded with {}: {}", choice.codec->name, choice.reason);
}

EncoderChoice choose_encoder(
    const VideoSettings& settings, Container container, const EncoderInput& input) {
  if (!settings.codec.empty()) {
    return user_choice(settings.codec, container, input);
  }
  const std::string source = avcodec_get_name(input.source_codec);
  const std::string name = encoder_name(input.source_codec);
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  std::string reason;
  if (codec == nullptr) {
    reason = fmt::format("these FFmpeg libraries have no {}", name);
  } else if (codec->id != input.source_codec) {
    reason = fmt::format("{} video is encoded as H.264", source);
  } else if (!container_takes(container, codec->id)) {
    reason = fmt::format("{} does not take {}", facts(container).name, source);
  } else if (!encoder_takes(*codec, input)) {
    reason = fmt::format("{} does not take {}", name, av_get_pix_fmt_name(input.format));
  }
  const bool usable = codec != nullptr && reason.empty();
  EncoderChoice choice = with_format(usable ? *codec : require(kFallbackEncoder), input);
  choice.reason = reason;
  return choice;
}

}  // namespace s3reel::media
