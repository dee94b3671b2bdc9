#pragma once

#include <cstddef>
#include <span>

#include "media/ptr.h"

namespace s3reel::media {

/// A picture of its own, not of a video: PNG, JPEG, WebP or BMP, as rgba or, if it has more than 8
/// bits, rgba64; scaled to `width` pixels where that is above 0. Throws std::runtime_error with the
/// reason for bytes that are none of these, or damaged, or a picture larger than a video may have.
FramePtr decode_still(std::span<const std::byte> bytes, int width);

}  // namespace s3reel::media
