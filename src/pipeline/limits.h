#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"

namespace s3reel::pipeline {

/// What the queues between stages may hold.
struct Limits {
  std::size_t packet_bytes = 4 * base::kMiB;       ///< coded, between source and decoder
  std::size_t interleaver_bytes = 8 * base::kMiB;  ///< coded, waiting for the container
  std::size_t frames = 8;                          ///< decoded, before and behind the chain
  std::size_t frame_bytes = SIZE_MAX;              ///< of all of these
};

}  // namespace s3reel::pipeline
