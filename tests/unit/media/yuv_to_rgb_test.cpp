#include "media/yuv_to_rgb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "media/converter.h"
#include "unit/media/frames.h"

namespace s3reel::media {
namespace {

constexpr auto kReversible = PixelConverter::Chroma::reversible;
constexpr std::array kFormats{
    AV_PIX_FMT_YUV420P,
    AV_PIX_FMT_YUV422P,
    AV_PIX_FMT_YUV444P,
    AV_PIX_FMT_YUV440P,
    AV_PIX_FMT_YUVJ420P,
    AV_PIX_FMT_YUVJ422P,
    AV_PIX_FMT_YUVJ444P,
    AV_PIX_FMT_NV12,
    AV_PIX_FMT_NV21,
    AV_PIX_FMT_NV16,
    AV_PIX_FMT_NV24};
constexpr std::array kRanges{AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG};

/// KR and KB of ITU-T H.273, table 4.
struct Matrix {
  AVColorSpace name;
  double red;
  double blue;
};

constexpr std::array kMatrices{
    Matrix{AVCOL_SPC_BT709, 0.2126, 0.0722},
    Matrix{AVCOL_SPC_FCC, 0.30, 0.11},
    Matrix{AVCOL_SPC_BT470BG, 0.299, 0.114},
    Matrix{AVCOL_SPC_SMPTE170M, 0.299, 0.114},
    Matrix{AVCOL_SPC_SMPTE240M, 0.212, 0.087},
    Matrix{AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593}};

using Light = std::array<double, 3>;

/// ITU-T H.273, 8.3, solved for R, G and B.
Light exact(const Matrix& matrix, AVColorRange range, const std::array<int, 3>& samples) {
  const bool full = range == AVCOL_RANGE_JPEG;
  const double luma = full ? samples[0] / 255.0 : (samples[0] - 16) / 219.0;
  const double scale = full ? 255.0 : 224.0;
  const double red = luma + 2 * (1 - matrix.red) * (samples[2] - 128) / scale;
  const double blue = luma + 2 * (1 - matrix.blue) * (samples[1] - 128) / scale;
  const double green =
      (luma - matrix.red * red - matrix.blue * blue) / (1 - matrix.red - matrix.blue);
  Light light{red, green, blue};
  for (double& one : light) {
    one = std::clamp(one * 255.0, 0.0, 255.0);
  }
  return light;
}

/// The same as swscale writes it.
std::array<int, 4> coefficients_of(const Matrix& matrix) {
  const auto fixed = [](double value) {
    return static_cast<int>(std::lround(value * 255.0 / 224.0 * 65536.0));
  };
  const double green = 1 - matrix.red - matrix.blue;
  const double red_v = 2 * (1 - matrix.red);
  const double blue_u = 2 * (1 - matrix.blue);
  return {
      fixed(red_v),
      fixed(blue_u),
      fixed(blue_u * matrix.blue / green),
      fixed(red_v * matrix.red / green)};
}

/// The largest difference between `rgb` and what `yuv` is in real numbers.
double farthest(const AVFrame& yuv, const AVFrame& rgb, const Matrix& matrix, AVColorRange range) {
  const AVPixFmtDescriptor& pixel = test::description(yuv.format);
  std::array<std::vector<std::uint16_t>, 3> planes;
  for (int index = 0; index < 3; ++index) {
    planes[static_cast<std::size_t>(index)] = test::component(yuv, index);
  }
  const auto of = [&planes](std::size_t plane, int sample) {
    return planes.at(plane).at(static_cast<std::size_t>(sample));
  };
  const int chroma_width = test::extent(yuv, 1).width;
  double most = 0;
  for (int y = 0; y < yuv.height; ++y) {
    for (int x = 0; x < yuv.width; ++x) {
      const int at = (y >> pixel.log2_chroma_h) * chroma_width + (x >> pixel.log2_chroma_w);
      const int luma = y * yuv.width + x;
      const Light wanted = exact(matrix, range, {of(0, luma), of(1, at), of(2, at)});
      for (int index = 0; index < 3; ++index) {
        const int found = rgb.data[0][y * rgb.linesize[0] + 3 * x + index];
        most = std::max(most, std::abs(found - wanted[static_cast<std::size_t>(index)]));
      }
    }
  }
  return most;
}

/// A frame in memory that ends where its samples do, except for `padding` between rows.
class TightFrame {
 public:
  TightFrame(const test::FrameSpec& spec, int padding) : frame_(make_frame()) {
    frame_->format = spec.format;
    frame_->width = spec.width;
    frame_->height = spec.height;
    for (int plane = 0; plane < av_pix_fmt_count_planes(spec.format); ++plane) {
      const int bytes = av_image_get_linesize(spec.format, spec.width, plane);
      const int rows = test::extent(*frame_, plane).height;
      const int stride = bytes + padding;
      memory_.emplace_back(static_cast<std::size_t>(stride * (rows - 1) + bytes), kPadding);
      frame_->data[plane] = memory_.back().data();
      frame_->linesize[plane] = stride;
    }
  }

  void fill(unsigned seed) {
    for (std::vector<std::uint8_t>& plane : memory_) {
      for (std::uint8_t& byte : plane) {
        seed = seed * 1'664'525U + 1'013'904'223U;
        byte = static_cast<std::uint8_t>(seed >> 24U);
      }
    }
  }

  /// The last row first.
  void turn_over() {
    for (std::size_t plane = 0; plane < memory_.size(); ++plane) {
      const int rows = test::extent(*frame_, static_cast<int>(plane)).height;
      frame_->data[plane] += static_cast<std::ptrdiff_t>(frame_->linesize[plane]) * (rows - 1);
      frame_->linesize[plane] = -frame_->linesize[plane];
    }
  }

  [[nodiscard]] bool has_its_padding() const {
    const int bytes =
        av_image_get_linesize(static_cast<AVPixelFormat>(frame_->format), frame_->width, 0);
    for (std::size_t at = 0; at < memory_[0].size(); ++at) {
      const bool between = static_cast<int>(at) % frame_->linesize[0] >= bytes;
      if (between && memory_[0][at] != kPadding) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] AVFrame& get() { return *frame_; }

 private:
  static constexpr std::uint8_t kPadding = 0xa5;
  FramePtr frame_;
  std::vector<std::vector<std::uint8_t>> memory_;
};

// What the function's comment says: half of one for the whole number, the rest for its own sums.
constexpr double kNearest = 0.53;

TEST(YuvToRgb, IsTheNearestOfAllFormatsMatricesAndRanges) {
  for (const AVPixelFormat format : kFormats) {
    for (const Matrix& matrix : kMatrices) {
      for (const AVColorRange range : kRanges) {
        const test::FrameSpec spec{.format = format, .width = 161, .height = 41};
        const FramePtr yuv = test::noise_frame(spec);
        TightFrame rgb({.format = AV_PIX_FMT_RGB24, .width = 161, .height = 41}, 0);
        yuv_to_rgb(*yuv, coefficients_of(matrix), range, rgb.get());
        EXPECT_LE(farthest(*yuv, rgb.get(), matrix, range), kNearest)
            << av_get_pix_fmt_name(format) << " matrix " << matrix.name << " range " << range;
      }
    }
  }
}

TEST(YuvToRgb, IsTheNearestForEverySample) {
  for (const Matrix& matrix : kMatrices) {
    for (const AVColorRange range : kRanges) {
      TightFrame yuv({.format = AV_PIX_FMT_YUV444P, .width = 256, .height = 256}, 0);
      TightFrame rgb({.format = AV_PIX_FMT_RGB24, .width = 256, .height = 256}, 0);
      for (const int other : {0, 1, 16, 127, 128, 200, 240, 255}) {
        for (std::size_t at = 0; at < std::size_t{256} * 256; ++at) {
          yuv.get().data[0][at] = static_cast<std::uint8_t>(at);
          yuv.get().data[1][at] = static_cast<std::uint8_t>(at / 256);
          yuv.get().data[2][at] =
              static_cast<std::uint8_t>(at / 256 + static_cast<unsigned>(other));
        }
        yuv_to_rgb(yuv.get(), coefficients_of(matrix), range, rgb.get());
        ASSERT_LE(farthest(yuv.get(), rgb.get(), matrix, range), kNearest)
            << "matrix " << matrix.name << " range " << range;
      }
    }
  }
}

TEST(YuvToRgb, EveryWidthWithAndWithoutPadding) {
  const std::array<int, 4> coefficients = coefficients_of(kMatrices[0]);
  for (const AVPixelFormat format : kFormats) {
    for (int width = 1; width <= 40; ++width) {
      for (const auto& [height, padding] : {std::tuple(1, 0), std::tuple(3, 5), std::tuple(4, 0)}) {
        TightFrame yuv({.format = format, .width = width, .height = height}, padding);
        TightFrame rgb({.format = AV_PIX_FMT_RGB24, .width = width, .height = height}, padding);
        yuv.fill(static_cast<unsigned>(width));
        yuv_to_rgb(yuv.get(), coefficients, AVCOL_RANGE_MPEG, rgb.get());
        ASSERT_LE(farthest(yuv.get(), rgb.get(), kMatrices[0], AVCOL_RANGE_MPEG), kNearest)
            << av_get_pix_fmt_name(format) << " " << width << "x" << height;
        EXPECT_TRUE(rgb.has_its_padding()) << width;
      }
    }
  }
}

TEST(YuvToRgb, RowsMayGoUpwards) {
  TightFrame yuv({.format = AV_PIX_FMT_YUV420P, .width = 21, .height = 7}, 3);
  TightFrame rgb({.format = AV_PIX_FMT_RGB24, .width = 21, .height = 7}, 2);
  yuv.fill(7);
  yuv.turn_over();
  rgb.turn_over();
  yuv_to_rgb(yuv.get(), coefficients_of(kMatrices[1]), AVCOL_RANGE_JPEG, rgb.get());
  EXPECT_LE(farthest(yuv.get(), rgb.get(), kMatrices[1], AVCOL_RANGE_JPEG), kNearest);
}

TEST(YuvToRgb, TakesBytesInPlanes) {
  for (const AVPixelFormat format : kFormats) {
    EXPECT_TRUE(is_planar_yuv_of_bytes(format)) << av_get_pix_fmt_name(format);
  }
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P10,
        AV_PIX_FMT_P010LE,
        AV_PIX_FMT_YUYV422,
        AV_PIX_FMT_UYVY422,
        AV_PIX_FMT_YUVA420P,
        AV_PIX_FMT_YUV410P,
        AV_PIX_FMT_YUV411P,
        AV_PIX_FMT_UYYVYY411,
        AV_PIX_FMT_GRAY8,
        AV_PIX_FMT_GBRP,
        AV_PIX_FMT_RGB24,
        AV_PIX_FMT_PAL8,
        AV_PIX_FMT_VAAPI}) {
    EXPECT_FALSE(is_planar_yuv_of_bytes(format)) << av_get_pix_fmt_name(format);
  }
}

// swscale's own numbers for BT.709 make up to 0.09 of difference.
TEST(YuvToRgb, TheConverterGoesByTheFramesMatrixAndRange) {
  for (const Matrix& matrix : kMatrices) {
    for (const AVColorRange range : kRanges) {
      const test::FrameSpec spec{.width = 97, .height = 65, .range = range, .matrix = matrix.name};
      PixelConverter converter({.to = AV_PIX_FMT_RGB24, .chroma = kReversible});
      const FramePtr yuv = test::noise_frame(spec);
      const FramePtr rgb = converter.convert(ref_frame(*yuv));
      EXPECT_LE(farthest(*yuv, *rgb, matrix, range), kNearest + 0.09) << matrix.name;
      EXPECT_EQ(rgb->color_range, range);
      EXPECT_EQ(rgb->colorspace, matrix.name);
      EXPECT_EQ(rgb->format, AV_PIX_FMT_RGB24);
    }
  }
}

TEST(YuvToRgb, ARangeThatIsPartOfTheNameCounts) {
  PixelConverter converter({.to = AV_PIX_FMT_RGB24, .chroma = kReversible});
  const FramePtr yuv = test::noise_frame({.format = AV_PIX_FMT_YUVJ420P});
  const FramePtr rgb = converter.convert(ref_frame(*yuv));
  EXPECT_LE(farthest(*yuv, *rgb, kMatrices[0], AVCOL_RANGE_JPEG), kNearest + 0.09);
  EXPECT_EQ(rgb->color_range, AVCOL_RANGE_JPEG);
}

/// Colours that RGB has.
void make_dull(AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
    const int bytes = av_image_get_linesize(format, frame.width, plane);
    const int rows = test::extent(frame, plane).height;
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < bytes; ++x) {
        std::uint8_t& sample = frame.data[plane][y * frame.linesize[plane] + x];
        sample = static_cast<std::uint8_t>(plane == 0 ? 60 + sample / 2 : 112 + sample / 8);
      }
    }
  }
}

class ThereAndBack : public testing::TestWithParam<std::tuple<AVPixelFormat, AVColorRange>> {};

TEST_P(ThereAndBack, IsWithinOne) {
  const auto [format, range] = GetParam();
  for (const Matrix& matrix : kMatrices) {
    PixelConverter there({.to = AV_PIX_FMT_RGB24, .chroma = kReversible});
    PixelConverter back({.to = format, .chroma = kReversible});
    for (const int width : {8, 31, 64, 97}) {
      const FramePtr source = test::noise_frame(
          {.format = format, .width = width, .height = 19, .range = range, .matrix = matrix.name});
      make_dull(*source);
      const FramePtr result = back.convert(there.convert(ref_frame(*source)));
      for (int index = 0; index < 3; ++index) {
        const auto before = test::component(*source, index);
        const auto now = test::component(*result, index);
        ASSERT_EQ(before.size(), now.size());
        for (std::size_t at = 0; at < before.size(); ++at) {
          ASSERT_NEAR(before[at], now[at], 1) << matrix.name << " component " << index;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    ThereAndBack,
    testing::Combine(
        testing::Values(
            AV_PIX_FMT_YUV420P,
            AV_PIX_FMT_YUV422P,
            AV_PIX_FMT_YUV444P,
            AV_PIX_FMT_YUV440P,
            AV_PIX_FMT_NV12),
        testing::ValuesIn(kRanges)),
    [](const auto& one) {
      return std::string(av_get_pix_fmt_name(std::get<0>(one.param))) +
             (std::get<1>(one.param) == AVCOL_RANGE_JPEG ? "_full" : "_limited");
    });

}  // namespace
}  // namespace s3reel::media
