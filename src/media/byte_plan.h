#pragma once

#include <cstdint>
#include <vector>

#include "io/byte_source.h"
#include "media/ffmpeg.h"

namespace s3reel::media {

/// The bytes of an object that reading `streams` to their end takes, from the demuxer's index:
/// ascending, disjoint, gaps smaller than what a new request costs closed. Ranges of other streams
/// lie in the gaps.
std::vector<io::ByteRange> plan_bytes(
    const AVFormatContext& format, const std::vector<int>& streams, std::uint64_t size);

/// These ranges as a source's plan takes them: ascending, disjoint, small gaps closed.
std::vector<io::ByteRange> merged(std::vector<io::ByteRange> ranges);

}  // namespace s3reel::media
