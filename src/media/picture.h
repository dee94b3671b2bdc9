#pragma once

#include <cstdint>

#include "media/ptr.h"

namespace s3reel::media {

/// What is known of a video's frames at one place of their way.
struct Picture {
  FramePtr like;  ///< one of them, without pixels
  /// The pixel format they had before conversions that only ops needed: what an encoder that does
  /// not take them as they are should get.
  AVPixelFormat home = AV_PIX_FMT_NONE;
  AVRational frame_rate{0, 1};  ///< 0/1 where nobody knows; for rate control only
};

/// Before the first frame comes: as the container describes the picture, or like `seen`, a frame of
/// it, if there is one.
Picture describe_picture(const AVStream& stream, AVRational frame_rate, FrameView seen);

/// In pixels; 0: as it is.
struct PictureSize {
  int width = 0;
  int height = 0;
};

/// Of a frame without pixels.
void resize(AVFrame& bare, PictureSize size);

/// Bytes of one picture, with lines padded as libavcodec does.
std::uint64_t picture_bytes(AVPixelFormat format, int width, int height);
std::uint64_t picture_bytes(const Picture& picture);

}  // namespace s3reel::media
