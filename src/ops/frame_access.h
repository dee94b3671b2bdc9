#pragma once

#include "media/picture.h"
#include "media/ptr.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// The public frame is libavutil's under another name; these three are the only way between them.
Frame wrap(media::FramePtr frame);
media::FramePtr unwrap(Frame frame);
AVFrame& av(Frame& frame);
const AVFrame& av(const Frame& frame);

FrameShape shape_of(const AVFrame& frame);

/// Its time.
double seconds_of(const AVFrame& frame);

VideoFacts facts_of(const media::Picture& picture);

/// AV_PIX_FMT_NONE for a name that FFmpeg does not know.
AVPixelFormat pixel_format(const std::string& name);

}  // namespace s3reel::ops
