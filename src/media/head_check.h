#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/object_writer.h"
#include "media/container.h"
#include "media/metadata.h"

namespace s3reel::media {

/// What the result must show before it may be published.
struct Expected {
  Container container = Container::mp4;
  int video = 0;                  ///< index of the picture in the result
  std::uint64_t frames = 0;       ///< of the picture
  double duration_seconds = 0.0;  ///< of the picture
  double frame_seconds = 0.0;     ///< the longest frame: tolerance of the duration
};

/// Parses the head of a result with libavformat, as a player would, from memory and before it is
/// published. MP4 and MOV: the index must list `frames` frames of `duration_seconds`. Matroska: the
/// header must say the duration. Fragmented MP4 has no index: its header must parse.
///
/// Returns what the result says about itself, for the loss report.
/// Throws Error{internal} when the head does not say what was written.
std::vector<MetadataKey> check_head(const io::HeadPreview& head, const Expected& expected);

}  // namespace s3reel::media
