#include "media/picture.h"

#include <algorithm>
#include <utility>

#include "media/first_frame.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace s3reel::media {
namespace {

FramePtr described_frame(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  FramePtr frame = make_frame();
  frame->format = codec.format;
  frame->width = codec.width;
  frame->height = codec.height;
  frame->color_range = codec.color_range;
  frame->color_primaries = codec.color_primaries;
  frame->color_trc = codec.color_trc;
  frame->colorspace = codec.color_space;
  frame->chroma_location = codec.chroma_location;
  return frame;
}

}  // namespace

Picture describe_picture(const AVStream& stream, AVRational frame_rate, FrameView seen) {
  FramePtr frame = seen != nullptr ? without_pixels(*seen) : described_frame(stream);
  frame->time_base = {1, stream.time_base.den};
  // It only reads the stream.
  frame->sample_aspect_ratio =
      av_guess_sample_aspect_ratio(nullptr, const_cast<AVStream*>(&stream), frame.get());
  const auto format = static_cast<AVPixelFormat>(frame->format);
  return {.like = std::move(frame), .home = format, .frame_rate = frame_rate};
}

void resize(AVFrame& bare, PictureSize size) {
  if (size.width > 0) {
    bare.width = size.width;
    bare.height = size.height;
  }
}

std::uint64_t picture_bytes(AVPixelFormat format, int width, int height) {
  constexpr int kAlignment = 64;
  const int bytes = av_image_get_buffer_size(
      format == AV_PIX_FMT_NONE ? AV_PIX_FMT_YUV420P : format, width, height, kAlignment);
  return static_cast<std::uint64_t>(std::max(bytes, 0));
}

std::uint64_t picture_bytes(const Picture& picture) {
  const AVFrame& like = *picture.like;
  return picture_bytes(static_cast<AVPixelFormat>(like.format), like.width, like.height);
}

}  // namespace s3reel::media
