#pragma once

#include <string>

#include "media/ffmpeg.h"

namespace s3reel::media {

bool has_alpha(AVPixelFormat format);

/// What a picture of `from` loses in `to`, in FFmpeg's FF_LOSS_ bits (libavutil/pixdesc.h).
int format_loss(AVPixelFormat from, AVPixelFormat to);

/// "yuv420p10le becomes rgb24: bit depth is reduced"; empty where `loss` is 0.
std::string describe_loss(AVPixelFormat from, AVPixelFormat to, int loss);

}  // namespace s3reel::media
