#pragma once

#include <string>
#include <vector>

#include "media/stream_map.h"

namespace s3reel::media {

/// One thing a file says: a key of its metadata, or what it says about a stream's picture
/// (rotation, HDR10, 3D).
struct MetadataKey {
  int stream = -1;  ///< -1: about the whole file
  std::string name{};
  std::string value{};  ///< empty for what is no text
};

/// The keys that say something: not those whose value is "und".
std::vector<MetadataKey> metadata_keys(const AVFormatContext& format);

/// What of the source's metadata the result does not have, in words. What only describes how the
/// source was stored is not missed, nor what belongs to streams that were dropped.
std::vector<std::string> lost_metadata(
    const std::vector<MetadataKey>& source,
    const StreamMap& map,
    const std::vector<MetadataKey>& result);

}  // namespace s3reel::media
