#include "ops/grayscale.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "unit/media/frames.h"
#include "unit/ops/apply.h"

namespace s3reel::ops {
namespace {

using media::FramePtr;
using test::component;
using test::description;
using test::FrameSpec;
using test::noise_frame;

FramePtr applied(FramePtr frame) {
  Grayscale op;
  return test::applied(op, std::move(frame));
}

struct Size {
  int width;
  int height;
};

using Case = std::tuple<AVPixelFormat, Size, AVColorRange>;

std::string case_name(const testing::TestParamInfo<Case>& values) {
  const auto [format, size, range] = values.param;
  return std::string(av_get_pix_fmt_name(format)) + "_" + std::to_string(size.width) + "x" +
         std::to_string(size.height) + (range == AVCOL_RANGE_JPEG ? "_full" : "_limited");
}

FrameSpec spec_of(const Case& values) {
  const auto [format, size, range] = values;
  return {
      .format = format,
      .width = size.width,
      .height = size.height,
      .pts = 77,
      .range = range,
      .matrix = AVCOL_SPC_BT709};
}

const auto kSizes = testing::Values(Size{64, 48}, Size{161, 121}, Size{1, 1}, Size{3, 2});
const auto kRanges = testing::Values(AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG);

class GrayscaleYuv : public testing::TestWithParam<Case> {};

TEST_P(GrayscaleYuv, KeepsLumaByReferenceAndMakesChromaExactlyNeutral) {
  FramePtr source = noise_frame(spec_of(GetParam()));
  const auto luma = component(*source, 0);
  const std::uint8_t* luma_data = source->data[0];
  const AVPixFmtDescriptor& pixel = description(source->format);
  const bool alpha = (pixel.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const auto transparency = alpha ? component(*source, 3) : luma;

  const FramePtr gray = applied(std::move(source));

  EXPECT_EQ(gray->data[0], luma_data) << "luma was copied";
  EXPECT_EQ(component(*gray, 0), luma);
  const int middle = 1 << (pixel.comp[1].depth - 1);
  for (const int chroma : {1, 2}) {
    for (const std::uint16_t sample : component(*gray, chroma)) {
      ASSERT_EQ(sample, middle);
    }
  }
  if (alpha) {
    EXPECT_EQ(component(*gray, 3), transparency);
  }
}

TEST_P(GrayscaleYuv, LeavesOtherReferencesToTheSameBuffersAlone) {
  const FramePtr source = noise_frame(spec_of(GetParam()));
  std::vector<std::vector<std::uint16_t>> before;
  for (int i = 0; i < description(source->format).nb_components; ++i) {
    before.push_back(component(*source, i));
  }
  const FramePtr gray = applied(media::ref_frame(*source));
  for (int i = 0; i < description(source->format).nb_components; ++i) {
    EXPECT_EQ(component(*source, i), before[static_cast<std::size_t>(i)]) << "component " << i;
  }
}

TEST_P(GrayscaleYuv, TakesTheFormatAsItIs) {
  EXPECT_EQ(test::asked(Grayscale(), std::get<0>(GetParam())), std::get<0>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    GrayscaleYuv,
    testing::Combine(
        testing::Values(
            AV_PIX_FMT_YUV420P,
            AV_PIX_FMT_YUV422P,
            AV_PIX_FMT_YUV444P,
            AV_PIX_FMT_YUV440P,
            AV_PIX_FMT_YUV411P,
            AV_PIX_FMT_YUV410P,
            AV_PIX_FMT_YUVJ420P,
            AV_PIX_FMT_YUVJ422P,
            AV_PIX_FMT_YUVJ444P,
            AV_PIX_FMT_YUV420P10LE,
            AV_PIX_FMT_YUV422P10LE,
            AV_PIX_FMT_YUV444P10LE,
            AV_PIX_FMT_YUV420P12LE,
            AV_PIX_FMT_YUV422P12LE,
            AV_PIX_FMT_YUV444P16LE,
            AV_PIX_FMT_YUV420P10BE,
            AV_PIX_FMT_NV12,
            AV_PIX_FMT_NV21,
            AV_PIX_FMT_NV16,
            AV_PIX_FMT_NV24,
            AV_PIX_FMT_P010LE,
            AV_PIX_FMT_P016LE,
            AV_PIX_FMT_YUVA420P,
            AV_PIX_FMT_YUVA444P10LE),
        kSizes,
        kRanges),
    case_name);

/// KR and KB of ITU-T H.273, table 4, told again.
double luma_of(AVColorSpace matrix, double red, double green, double blue) {
  double kr = 0.2126;
  double kb = 0.0722;
  if (matrix == AVCOL_SPC_SMPTE170M || matrix == AVCOL_SPC_BT470BG) {
    kr = 0.299;
    kb = 0.114;
  } else if (matrix == AVCOL_SPC_BT2020_NCL) {
    kr = 0.2627;
    kb = 0.0593;
  } else if (matrix == AVCOL_SPC_SMPTE240M) {
    kr = 0.212;
    kb = 0.087;
  } else if (matrix == AVCOL_SPC_FCC) {
    kr = 0.30;
    kb = 0.11;
  }
  return kr * red + (1 - kr - kb) * green + kb * blue;
}

/// Counts samples that are not the luma of the source's pixel, to half a step and the rounding of
/// 16-bit weights.
int wrong_samples(const AVFrame& source, const AVFrame& gray, AVColorSpace matrix) {
  const auto red = component(source, 0);
  const auto green = component(source, 1);
  const auto blue = component(source, 2);
  int wrong = 0;
  for (int channel = 0; channel < 3; ++channel) {
    const auto samples = component(gray, channel);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double luma = luma_of(matrix, red[i], green[i], blue[i]);
      const double largest = std::max({red[i], green[i], blue[i]});
      wrong += std::abs(samples[i] - luma) > 0.5 + largest / 32768.0 ? 1 : 0;
    }
  }
  return wrong;
}

class GrayscaleRgb : public testing::TestWithParam<Case> {};

TEST_P(GrayscaleRgb, MakesEveryChannelTheLumaOfItsPixel) {
  const FramePtr source = noise_frame(spec_of(GetParam()));
  const FramePtr gray = applied(media::ref_frame(*source));
  EXPECT_EQ(wrong_samples(*source, *gray, AVCOL_SPC_BT709), 0);
  if ((description(source->format).flags & AV_PIX_FMT_FLAG_ALPHA) != 0) {
    EXPECT_EQ(component(*gray, 3), component(*source, 3));
  }
}

TEST_P(GrayscaleRgb, LeavesOtherReferencesToTheSameBuffersAlone) {
  const FramePtr source = noise_frame(spec_of(GetParam()));
  const auto before = component(*source, 0);
  const FramePtr gray = applied(media::ref_frame(*source));
  EXPECT_EQ(component(*source, 0), before);
}

TEST_P(GrayscaleRgb, TakesTheFormatAsItIs) {
  EXPECT_EQ(test::asked(Grayscale(), std::get<0>(GetParam())), std::get<0>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    GrayscaleRgb,
    testing::Combine(
        testing::Values(
            AV_PIX_FMT_RGB24,
            AV_PIX_FMT_BGR24,
            AV_PIX_FMT_BGR0,
            AV_PIX_FMT_0RGB,
            AV_PIX_FMT_RGBA,
            AV_PIX_FMT_ABGR,
            AV_PIX_FMT_GBRP,
            AV_PIX_FMT_GBRAP,
            AV_PIX_FMT_GBRP10LE,
            AV_PIX_FMT_GBRP12LE,
            AV_PIX_FMT_GBRP16LE,
            AV_PIX_FMT_GBRAP12LE,
            AV_PIX_FMT_RGB48LE,
            AV_PIX_FMT_BGR48LE,
            AV_PIX_FMT_RGBA64LE),
        kSizes,
        kRanges),
    case_name);

TEST(GrayscaleRgbWeights, AreThoseOfTheFramesOwnMatrix) {
  for (const AVColorSpace matrix :
       {AVCOL_SPC_BT709,
        AVCOL_SPC_SMPTE170M,
        AVCOL_SPC_BT470BG,
        AVCOL_SPC_SMPTE240M,
        AVCOL_SPC_FCC,
        AVCOL_SPC_BT2020_NCL}) {
    const FramePtr source = noise_frame({.format = AV_PIX_FMT_RGB24, .matrix = matrix});
    const FramePtr gray = applied(media::ref_frame(*source));
    EXPECT_EQ(wrong_samples(*source, *gray, matrix), 0) << av_color_space_name(matrix);
  }
}

TEST(GrayscaleRgbWeights, AreBt709WhereTheMatrixIsNotKnown) {
  for (const AVColorSpace matrix : {AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RGB}) {
    const FramePtr source = noise_frame({.format = AV_PIX_FMT_GBRP, .matrix = matrix});
    const FramePtr gray = applied(media::ref_frame(*source));
    EXPECT_EQ(wrong_samples(*source, *gray, AVCOL_SPC_BT709), 0);
  }
}

TEST(GrayscaleRgbWeights, LeaveGrayAsItIs) {
  FramePtr source = test::blank_frame({.format = AV_PIX_FMT_RGB24, .width = 256, .height = 1});
  for (int x = 0; x < 256 * 3; ++x) {
    source->data[0][x] = static_cast<std::uint8_t>(x / 3);
  }
  const FramePtr gray = applied(std::move(source));
  for (int x = 0; x < 256 * 3; ++x) {
    ASSERT_EQ(gray->data[0][x], x / 3);
  }
}

class GrayscaleGray : public testing::TestWithParam<AVPixelFormat> {};

TEST_P(GrayscaleGray, TouchesNothing) {
  FramePtr source = noise_frame({.format = GetParam(), .width = 33, .height = 17});
  const auto luma = component(*source, 0);
  const std::uint8_t* data = source->data[0];
  EXPECT_EQ(test::asked(Grayscale(), GetParam()), GetParam());
  const FramePtr gray = applied(std::move(source));
  EXPECT_EQ(gray->data[0], data);
  EXPECT_EQ(component(*gray, 0), luma);
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    GrayscaleGray,
    testing::Values(
        AV_PIX_FMT_GRAY8,
        AV_PIX_FMT_GRAY10LE,
        AV_PIX_FMT_GRAY12LE,
        AV_PIX_FMT_GRAY16LE,
        AV_PIX_FMT_YA8),
    [](const testing::TestParamInfo<AVPixelFormat>& value) {
      return std::string(av_get_pix_fmt_name(value.param));
    });

}  // namespace
}  // namespace s3reel::ops
