#include "ops/luma_weights.h"

#include <cmath>

namespace s3reel::ops {
namespace {

LumaWeights from(double red, double blue) {
  constexpr double kOne = 65536.0;
  const auto r = static_cast<std::uint32_t>(std::lround(red * kOne));
  const auto b = static_cast<std::uint32_t>(std::lround(blue * kOne));
  return {r, 65536U - r - b, b};
}

}  // namespace

LumaWeights luma_weights(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_FCC:
      return from(0.30, 0.11);
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return from(0.299, 0.114);
    case AVCOL_SPC_SMPTE240M:
      return from(0.212, 0.087);
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return from(0.2627, 0.0593);
    default:
      return from(0.2126, 0.0722);
  }
}

}  // namespace s3reel::ops
