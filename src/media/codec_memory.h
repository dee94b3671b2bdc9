#pragma once

#include <cstdint>
#include <string>

#include "media/ptr.h"
#include "s3reel/job.h"

namespace s3reel::media {

/// What a frame keeps in memory: its buffers as they were allocated, each once. One that it shares
/// with other frames counts for each of these.
std::uint64_t buffer_bytes(const AVFrame& frame);

/// What the buffers of a frame of that picture may come to while nothing about it has changed.
std::uint64_t most_buffer_bytes(std::uint64_t picture_bytes);

/// About what decoder and encoder hold together, in bytes: for people who set limits. From
/// measurements (docs/memory.md), which it meets within a third; 0 without an encoder.
std::uint64_t codec_memory(
    const VideoSettings& settings, const std::string& encoder, std::uint64_t picture_bytes);

}  // namespace s3reel::media
