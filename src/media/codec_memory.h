#pragma once

#include <cstdint>
#include <string>

#include "media/demuxer.h"
#include "media/ptr.h"
#include "s3reel/job.h"

namespace s3reel::media {

/// Bytes of one decoded picture of a stream. `seen` is its first frame where the container does not
/// tell, else null.
std::uint64_t picture_bytes(const Demuxer& demuxer, int video, FrameView seen);

/// About what decoder and encoder hold together, in bytes: for people who set limits. From
/// measurements (docs/memory.md), which it meets within a third; 0 without an encoder.
std::uint64_t codec_memory(
    const VideoSettings& settings, const std::string& encoder, std::uint64_t picture_bytes);

}  // namespace s3reel::media
