#include "media/yuv_to_rgb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace s3reel::media {
namespace {

// The compiler makes vector code of the loops in this file, eight pixels at once in SSE2, as long
// as sums fit into 16 bits: light from -280 to 540, less 128, in 1/64.
using Sum = std::int16_t;
constexpr int kFractionBits = 6;
constexpr double kOne = 1 << kFractionBits;
constexpr int kMiddle = 128;

constexpr int kCoefficientBits = 16;  // swscale's

struct Factors {
  std::uint16_t luma;  ///< for luma times 256, in 1/65536
  Sum offset;          ///< to what that makes, so that a shift rounds it
  int red_v;           ///< for chroma without its middle, in 1/65536
  int green_u;
  int green_v;
  int blue_u;
};

// swscale's coefficients are those for limited range, of chroma beside luma that is stretched
// already.
Factors factors_of(std::span<const int, 4> coefficients, AVColorRange range) {
  const bool full = range == AVCOL_RANGE_JPEG;
  const double stretch = full ? 1.0 : 255.0 / 219.0;
  const double black = full ? 0.0 : 16.0;
  const double cut = full ? 0.0 : 0.5;  // what the product of a stretched luma loses on average
  const auto chroma = [&](std::size_t index) {
    return static_cast<int>(std::lround(coefficients[index] * (full ? 224.0 / 255.0 : 1.0)));
  };
  return {
      .luma = static_cast<std::uint16_t>(std::lround(stretch * kOne * 256.0)),
      .offset = static_cast<Sum>(std::lround((0.5 - kMiddle - black * stretch) * kOne + cut)),
      .red_v = chroma(0),
      .green_u = -chroma(2),
      .green_v = -chroma(3),
      .blue_u = chroma(1)};
}

template <class Sample>
struct Row {
  explicit Row(std::size_t width) : red(width), green(width), blue(width) {}

  std::vector<Sample> red;
  std::vector<Sample> green;
  std::vector<Sample> blue;
};

/// What a row of chroma adds to red, green and blue. Its samples lie kStep bytes apart, and each is
/// for kPixels.
template <int kStep, int kPixels>
void add_up_chroma(
    const std::uint8_t* __restrict u,
    const std::uint8_t* __restrict v,
    const Factors& factors,
    Row<Sum>& row) {
  constexpr int kShift = kCoefficientBits - kFractionBits;
  constexpr int kHalf = 1 << (kShift - 1);
  const auto [luma, offset, red_v, green_u, green_v, blue_u] = factors;
  Sum* __restrict red = row.red.data();
  Sum* __restrict green = row.green.data();
  Sum* __restrict blue = row.blue.data();
  const std::size_t samples = row.red.size() / kPixels;
  for (std::size_t i = 0; i < samples; ++i) {
    const int from_u = u[i * kStep] - kMiddle;
    const int from_v = v[i * kStep] - kMiddle;
    const auto to_red = static_cast<Sum>((red_v * from_v + kHalf) >> kShift);
    const auto to_green = static_cast<Sum>((green_u * from_u + green_v * from_v + kHalf) >> kShift);
    const auto to_blue = static_cast<Sum>((blue_u * from_u + kHalf) >> kShift);
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
      red[i * kPixels + pixel] = to_red;
      green[i * kPixels + pixel] = to_green;
      blue[i * kPixels + pixel] = to_blue;
    }
  }
}

void add_luma(
    const std::uint8_t* __restrict luma,
    const std::vector<Sum>& chroma,
    const Factors& factors,
    std::vector<std::uint8_t>& light) {
  constexpr Sum kBlack = -kMiddle;
  constexpr Sum kWhite = kMiddle - 1;
  const std::uint32_t factor = factors.luma;
  const Sum offset = factors.offset;
  const Sum* __restrict from = chroma.data();
  std::uint8_t* __restrict to = light.data();
  const std::size_t width = light.size();
  for (std::size_t i = 0; i < width; ++i) {
    const auto times_256 = static_cast<std::uint16_t>(luma[i] << 8);
    const auto stretched = static_cast<std::uint16_t>((times_256 * factor) >> 16);
    const auto sum = static_cast<Sum>(static_cast<Sum>(stretched + offset) + from[i]);
    const auto whole = static_cast<Sum>(sum >> kFractionBits);
    to[i] = static_cast<std::uint8_t>(std::clamp(whole, kBlack, kWhite) + kMiddle);
  }
}

void interleave(const Row<std::uint8_t>& light, std::uint8_t* __restrict rgb) {
  const std::uint8_t* __restrict red = light.red.data();
  const std::uint8_t* __restrict green = light.green.data();
  const std::uint8_t* __restrict blue = light.blue.data();
  const std::size_t width = light.red.size();
  for (std::size_t i = 0; i < width; ++i) {
    rgb[3 * i] = red[i];
    rgb[3 * i + 1] = green[i];
    rgb[3 * i + 2] = blue[i];
  }
}

using AddUpChroma = void (*)(const std::uint8_t*, const std::uint8_t*, const Factors&, Row<Sum>&);

AddUpChroma add_up_chroma_of(const AVPixFmtDescriptor& pixel) {
  if (pixel.comp[1].step == 2) {
    return pixel.log2_chroma_w == 1 ? add_up_chroma<2, 2> : add_up_chroma<2, 1>;
  }
  return pixel.log2_chroma_w == 1 ? add_up_chroma<1, 2> : add_up_chroma<1, 1>;
}

}  // namespace

bool is_planar_yuv_of_bytes(AVPixelFormat format) {
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format);
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_ALPHA |
                                   AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_HWACCEL |
                                   AV_PIX_FMT_FLAG_BITSTREAM;
  const auto has_bytes = [&pixel](int index, int most_apart) {
    const AVComponentDescriptor& comp = pixel.comp[index];
    return comp.depth == 8 && comp.shift == 0 && comp.step <= most_apart;
  };
  return pixel.nb_components == 3 && (pixel.flags & kOther) == 0 && has_bytes(0, 1) &&
         has_bytes(1, 2) && has_bytes(2, 2) && pixel.comp[1].plane > 0 &&
         pixel.log2_chroma_w <= 1 && pixel.log2_chroma_h <= 1;
}

void yuv_to_rgb(
    const AVFrame& yuv, std::span<const int, 4> coefficients, AVColorRange range, AVFrame& rgb) {
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(yuv.format));
  const Factors factors = factors_of(coefficients, range);
  const AddUpChroma add_up = add_up_chroma_of(pixel);
  const auto width = static_cast<std::size_t>(yuv.width);
  const auto shared = static_cast<unsigned>(pixel.log2_chroma_w);
  Row<Sum> chroma(((width + shared) >> shared) << shared);
  Row<std::uint8_t> light(width);
  const auto samples = [&yuv, &pixel](int index, int row) {
    const AVComponentDescriptor& comp = pixel.comp[index];
    return yuv.data[comp.plane] + static_cast<std::ptrdiff_t>(row) * yuv.linesize[comp.plane] +
           comp.offset;
  };
  const int rows_of_chroma = 1 << pixel.log2_chroma_h;
  for (int y = 0; y < yuv.height; ++y) {
    if (y % rows_of_chroma == 0) {
      const int row = y / rows_of_chroma;
      add_up(samples(1, row), samples(2, row), factors, chroma);
    }
    add_luma(samples(0, y), chroma.red, factors, light.red);
    add_luma(samples(0, y), chroma.green, factors, light.green);
    add_luma(samples(0, y), chroma.blue, factors, light.blue);
    interleave(light, rgb.data[0] + static_cast<std::ptrdiff_t>(y) * rgb.linesize[0]);
  }
}

}  // namespace s3reel::media
