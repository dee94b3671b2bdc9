#pragma once

#include <cstddef>

#include "base/units.h"

namespace s3reel::pipeline {

/// Coded packets between the source and the decoder.
inline constexpr std::size_t kPacketQueueBytes = 4 * base::kMiB;

/// Coded packets that wait for their turn in the container.
inline constexpr std::size_t kInterleaverBytes = 8 * base::kMiB;

}  // namespace s3reel::pipeline
