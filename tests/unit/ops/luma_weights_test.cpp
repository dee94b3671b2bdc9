#include "ops/luma_weights.h"

#include <gtest/gtest.h>

namespace s3reel::ops {
namespace {

TEST(LumaWeights, SumToOneForEveryMatrix) {
  for (int matrix = 0; matrix < AVCOL_SPC_NB; ++matrix) {
    const LumaWeights weights = luma_weights(static_cast<AVColorSpace>(matrix));
    EXPECT_EQ(weights.red + weights.green + weights.blue, 65536U) << matrix;
    EXPECT_GT(weights.green, weights.red) << matrix;
    EXPECT_GT(weights.red, weights.blue) << matrix;
  }
}

TEST(LumaWeights, FallBackToBt709WhereThereIsNoLinearLuma) {
  const LumaWeights bt709 = luma_weights(AVCOL_SPC_BT709);
  EXPECT_EQ(bt709.red, 13933U);
  EXPECT_EQ(bt709.blue, 4732U);
  for (const AVColorSpace matrix :
       {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RGB, AVCOL_SPC_YCGCO, AVCOL_SPC_ICTCP}) {
    EXPECT_EQ(luma_weights(matrix).red, bt709.red) << matrix;
    EXPECT_EQ(luma_weights(matrix).blue, bt709.blue) << matrix;
  }
}

}  // namespace
}  // namespace s3reel::ops
