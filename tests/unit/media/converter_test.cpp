#include "media/converter.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <gtest/gtest.h>

#include "unit/media/frames.h"

namespace s3reel::media {
namespace {

using test::component;
using test::noise_frame;

TEST(PixelConverter, GivesTheFrameBackWhereItHasTheFormat) {
  PixelConverter converter(AV_PIX_FMT_YUV420P);
  FramePtr frame = noise_frame({});
  const AVFrame* address = frame.get();
  const FramePtr back = converter.convert(std::move(frame));
  EXPECT_EQ(back.get(), address);
}

struct Pair {
  AVPixelFormat from;
  AVPixelFormat to;
  AVColorRange before;
  AVColorRange after;
};

class SameLuma : public testing::TestWithParam<Pair> {};

TEST_P(SameLuma, LumaMatrixAndRangeStay) {
  const auto [from, to, before, after] = GetParam();
  for (const int width : {64, 161}) {
    const FramePtr source = noise_frame(
        {.format = from,
         .width = width,
         .height = 51,
         .range = before,
         .matrix = AVCOL_SPC_SMPTE170M});
    PixelConverter converter(to);
    const FramePtr out = converter.convert(ref_frame(*source));
    EXPECT_EQ(out->format, to);
    EXPECT_EQ(component(*out, 0), component(*source, 0));
    EXPECT_EQ(out->color_range, after);
    EXPECT_EQ(out->colorspace, AVCOL_SPC_SMPTE170M);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    SameLuma,
    testing::Values(
        Pair{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG},
        Pair{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P, AVCOL_RANGE_JPEG, AVCOL_RANGE_JPEG},
        Pair{
            AV_PIX_FMT_YUV420P,
            AV_PIX_FMT_YUV444P,
            AVCOL_RANGE_UNSPECIFIED,
            AVCOL_RANGE_UNSPECIFIED},
        Pair{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P, AVCOL_RANGE_JPEG, AVCOL_RANGE_JPEG},
        Pair{AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_YUV420P, AVCOL_RANGE_UNSPECIFIED, AVCOL_RANGE_JPEG},
        Pair{AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV422P, AVCOL_RANGE_JPEG, AVCOL_RANGE_JPEG},
        Pair{AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG},
        Pair{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV422P, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG},
        Pair{AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV444P10, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG},
        Pair{AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P10, AVCOL_RANGE_MPEG, AVCOL_RANGE_MPEG}),
    [](const testing::TestParamInfo<Pair>& one) {
      return std::string(av_get_pix_fmt_name(one.param.from)) + "_to_" +
             av_get_pix_fmt_name(one.param.to) + "_" + std::to_string(one.param.before);
    });

/// The luma of a plain colour after a conversion.
int luma_of(
    std::uint8_t red,
    std::uint8_t green,
    std::uint8_t blue,
    AVColorRange range,
    AVColorSpace matrix) {
  const FramePtr source = test::blank_frame(
      {.format = AV_PIX_FMT_RGB24, .width = 32, .height = 16, .range = range, .matrix = matrix});
  for (int y = 0; y < source->height; ++y) {
    std::uint8_t* row = source->data[0] + static_cast<std::ptrdiff_t>(y) * source->linesize[0];
    for (int x = 0; x < source->width; ++x) {
      row[3 * x] = red;
      row[3 * x + 1] = green;
      row[3 * x + 2] = blue;
    }
  }
  PixelConverter converter(AV_PIX_FMT_YUV444P);
  const FramePtr out = converter.convert(ref_frame(*source));
  return component(*out, 0).at(5 * 32 + 9);
}

TEST(PixelConverter, RgbBecomesLimitedBt709WhereNothingIsKnown) {
  const FramePtr source = noise_frame({.format = AV_PIX_FMT_RGB24});
  PixelConverter converter(AV_PIX_FMT_YUV444P);
  const FramePtr out = converter.convert(ref_frame(*source));
  EXPECT_EQ(out->colorspace, AVCOL_SPC_BT709);
  EXPECT_EQ(out->color_range, AVCOL_RANGE_MPEG);
  const auto unknown = AVCOL_RANGE_UNSPECIFIED;
  EXPECT_EQ(luma_of(255, 255, 255, unknown, AVCOL_SPC_RGB), 235);
  EXPECT_EQ(luma_of(0, 0, 0, unknown, AVCOL_SPC_RGB), 16);
  EXPECT_NEAR(luma_of(0, 255, 0, unknown, AVCOL_SPC_RGB), 16 + 219 * 0.7152, 1.0);
}

TEST(PixelConverter, FullRangeRgbBecomesFullRange) {
  const auto full = AVCOL_RANGE_JPEG;
  EXPECT_NEAR(luma_of(255, 255, 255, full, AVCOL_SPC_RGB), 255, 1);
  EXPECT_NEAR(luma_of(0, 0, 0, full, AVCOL_SPC_RGB), 0, 1);
  EXPECT_NEAR(luma_of(255, 0, 0, full, AVCOL_SPC_BT709), 255 * 0.2126, 1.0);
}

TEST(PixelConverter, UsesTheFramesOwnMatrix) {
  EXPECT_NEAR(luma_of(255, 0, 0, AVCOL_RANGE_JPEG, AVCOL_SPC_SMPTE170M), 255 * 0.299, 1.0);
  EXPECT_NEAR(luma_of(255, 0, 0, AVCOL_RANGE_JPEG, AVCOL_SPC_BT2020_NCL), 255 * 0.2627, 1.0);
}

TEST(PixelConverter, KeepsTimeAndProperties) {
  const FramePtr source = noise_frame({.pts = 1'234'567'890'123});
  source->sample_aspect_ratio = {128, 117};
  source->color_primaries = AVCOL_PRI_BT2020;
  source->color_trc = AVCOL_TRC_ARIB_STD_B67;
  PixelConverter converter(AV_PIX_FMT_YUV444P);
  const FramePtr out = converter.convert(ref_frame(*source));
  EXPECT_EQ(out->pts, source->pts);
  EXPECT_EQ(av_cmp_q(out->time_base, source->time_base), 0);
  EXPECT_EQ(av_cmp_q(out->sample_aspect_ratio, {128, 117}), 0);
  EXPECT_EQ(out->color_primaries, AVCOL_PRI_BT2020);
  EXPECT_EQ(out->color_trc, AVCOL_TRC_ARIB_STD_B67);
}

TEST(PixelConverter, FollowsAChangeOfSizeAndRange) {
  PixelConverter converter(AV_PIX_FMT_YUV444P);
  for (const int width : {64, 32, 161, 64}) {
    for (const AVColorRange range : {AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG}) {
      const FramePtr source = noise_frame({.width = width, .range = range});
      const FramePtr out = converter.convert(ref_frame(*source));
      EXPECT_EQ(out->width, width);
      EXPECT_EQ(component(*out, 0), component(*source, 0));
    }
  }
}

/// Luma of the darkest and the brightest picture that `range` has.
std::pair<int, int> black_and_white(PixelConverter& converter, const test::FrameSpec& spec) {
  const bool full = spec.range == AVCOL_RANGE_JPEG;
  std::array<int, 2> luma{full ? 0 : 16, full ? 255 : 235};
  for (int& value : luma) {
    const FramePtr frame = test::blank_frame(spec);
    for (int plane = 0; plane < 3; ++plane) {
      const int rows = plane == 0 ? frame->height : frame->height / 2;
      std::memset(
          frame->data[plane],
          plane == 0 ? value : 128,
          static_cast<std::size_t>(frame->linesize[plane]) * static_cast<std::size_t>(rows));
    }
    const FramePtr out = converter.convert(ref_frame(*frame));
    EXPECT_EQ(out->color_range, AVCOL_RANGE_MPEG);
    EXPECT_EQ(component(*out, 1).at(7), 128);
    value = component(*out, 0).at(7);
  }
  return {luma[0], luma[1]};
}

TEST(PixelConverter, BringsEveryFrameIntoTheRangeThatIsAskedFor) {
  for (const AVPixelFormat to : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P}) {
    PixelConverter converter(to, AVCOL_RANGE_MPEG);
    for (const AVColorRange range : {AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG, AVCOL_RANGE_MPEG}) {
      EXPECT_EQ(black_and_white(converter, {.range = range}), std::pair(16, 235)) << range;
    }
    EXPECT_EQ(
        black_and_white(converter, {.format = AV_PIX_FMT_YUVJ420P, .range = AVCOL_RANGE_JPEG}),
        std::pair(16, 235));
  }
}

TEST(PixelConverter, ARangeThatIsNotStatedIsNoReasonToConvert) {
  PixelConverter converter(AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG);
  FramePtr frame = noise_frame({.range = AVCOL_RANGE_UNSPECIFIED});
  const AVFrame* address = frame.get();
  EXPECT_EQ(converter.convert(std::move(frame)).get(), address);
}

TEST(PixelConverter, TenBitsChangeTheirRangeToo) {
  PixelConverter converter(AV_PIX_FMT_YUV420P10, AVCOL_RANGE_MPEG);
  const FramePtr dark =
      test::blank_frame({.format = AV_PIX_FMT_YUV420P10, .range = AVCOL_RANGE_JPEG});
  EXPECT_EQ(component(*converter.convert(ref_frame(*dark)), 0).at(7), 64);
}

TEST(PixelConverter, NeutralChromaStaysNeutral) {
  const FramePtr source = test::moving_frame({.width = 161, .height = 121}, 3);
  PixelConverter converter(AV_PIX_FMT_YUV444P);
  const FramePtr out = converter.convert(ref_frame(*source));
  for (const int chroma : {1, 2}) {
    for (const std::uint16_t sample : component(*out, chroma)) {
      ASSERT_EQ(sample, 128);
    }
  }
}

/// Chroma within what RGB has beside any luma.
FramePtr dull_frame(int width, int height) {
  FramePtr frame =
      test::noise_frame({.format = AV_PIX_FMT_YUV420P, .width = width, .height = height});
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 ? height : (height + 1) / 2;
    const int columns = plane == 0 ? width : (width + 1) / 2;
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        std::uint8_t& sample = frame->data[plane][y * frame->linesize[plane] + x];
        sample = static_cast<std::uint8_t>(plane == 0 ? 100 + sample / 8 : 118 + sample / 13);
      }
    }
  }
  return frame;
}

TEST(PixelConverter, ReversibleChromaComesBackFromRgbAtAnySize) {
  constexpr auto kReversible = PixelConverter::Chroma::reversible;
  for (const auto& [width, height] : {std::pair(64, 48), std::pair(97, 65)}) {
    const FramePtr source = dull_frame(width, height);
    PixelConverter there({.to = AV_PIX_FMT_RGB24, .chroma = kReversible});
    PixelConverter back({.to = AV_PIX_FMT_YUV420P, .chroma = kReversible});
    const FramePtr result = back.convert(there.convert(ref_frame(*source)));
    ASSERT_EQ(result->width, width);
    ASSERT_EQ(result->height, height);
    for (int plane = 0; plane < 3; ++plane) {
      const int rows = plane == 0 ? height : (height + 1) / 2;
      const int columns = plane == 0 ? width : (width + 1) / 2;
      for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
          ASSERT_NEAR(
              result->data[plane][y * result->linesize[plane] + x],
              source->data[plane][y * source->linesize[plane] + x],
              1)
              << width << " plane " << plane << " at " << x << "," << y;
        }
      }
    }
  }
}

TEST(PixelConverter, ScalesInTheSamePass) {
  FramePtr frame = test::noise_frame({.format = AV_PIX_FMT_YUV420P, .width = 64, .height = 48});
  frame->sample_aspect_ratio = {4, 3};
  PixelConverter converter({.to = AV_PIX_FMT_RGB24, .size = {32, 48}});
  const FramePtr small = converter.convert(std::move(frame));
  EXPECT_EQ(small->width, 32);
  EXPECT_EQ(small->height, 48);
  EXPECT_EQ(av_cmp_q(small->sample_aspect_ratio, {8, 3}), 0);
}

}  // namespace
}  // namespace s3reel::media
