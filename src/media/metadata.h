#pragma once

#include <string>
#include <vector>

#include "media/stream_map.h"

namespace s3reel::media {

/// The keys of a file's metadata: the container's as they are, a stream's as "stream N: key"; what
/// it says about a stream's picture (rotation, HDR10, 3D) counts as well.
std::vector<std::string> metadata_keys(const AVFormatContext& format);

/// What of the source's metadata the result (its `result_keys`) does not have, in words. What only
/// describes how the source was stored is not missed.
std::vector<std::string> lost_metadata(
    const AVFormatContext& source,
    const StreamMap& map,
    const std::vector<std::string>& result_keys);

}  // namespace s3reel::media
