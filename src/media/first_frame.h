#pragma once

#include <cstdint>

#include "base/log.h"
#include "io/byte_source.h"
#include "media/ptr.h"

namespace s3reel::media {

/// All of a frame but its pixels.
FramePtr without_pixels(const AVFrame& frame);

/// Decodes the first frame of one stream, wherever it lies, and returns it without its pixels:
/// size, format, colours. It opens the source a second time, so it is for sources that do not say
/// what their picture is and hold it far behind their beginning. So many damaged frames before it
/// are borne; they are met again, and counted, when the stream is decoded. Throws Error{input} if
/// there are more, or no frame.
FramePtr first_frame(
    io::ByteSource& source, int stream, std::uint64_t tolerate, const base::Log& log);

}  // namespace s3reel::media
