#pragma once

#include "media/ffmpeg.h"

namespace s3reel::media {

/// Makes the H.264 headers in `codec` state a limited range. x264 leaves the statement out where
/// nothing else about colour is known, since limited is what players assume; but a range the source
/// states is kept stated. Other codecs and ranges are left alone.
void state_limited_range(AVCodecParameters& codec);

}  // namespace s3reel::media
