#pragma once

#include <cstdint>

#include "media/ffmpeg.h"

namespace s3reel::ops {

/// Weights of R, G and B in luma, in 1/65536; they sum to 65536.
struct LumaWeights {
  std::uint32_t red;
  std::uint32_t green;
  std::uint32_t blue;
};

/// KR, KG, KB of a matrix (ITU-T H.273, table 4); of BT.709 where it is not known or not linear.
LumaWeights luma_weights(AVColorSpace matrix);

}  // namespace s3reel::ops
