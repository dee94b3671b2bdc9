#include "ops/sample_scale.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "media/converter.h"
#include "ops/luma_weights.h"
#include "ops/pixel_layout.h"

namespace s3reel::ops {
namespace {

SampleScale light_scale(int depth, bool full_range) {
  const double unit = std::ldexp(1.0, depth - 8);
  return full_range ? SampleScale{0.0, std::ldexp(1.0, depth) - 1.0}
                    : SampleScale{16.0 * unit, 219.0 * unit};
}

SampleScale chroma_scale(int depth, bool full_range) {
  const double unit = std::ldexp(1.0, depth - 8);
  return {128.0 * unit, full_range ? std::ldexp(1.0, depth) - 1.0 : 224.0 * unit};
}

}  // namespace

SampleScale scale_of(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) {
  const int depth = pixel.comp[component].depth;
  const bool full = is_rgb(pixel) || is_alpha(pixel, component) || media::is_full_range(frame);
  return is_chroma(pixel, component) ? chroma_scale(depth, full) : light_scale(depth, full);
}

std::array<double, 3> components_of(
    double red, double green, double blue, const AVFrame& frame, const AVPixFmtDescriptor& pixel) {
  if (is_rgb(pixel)) {
    return {red, green, blue};
  }
  const LumaWeights weights = luma_weights(frame.colorspace);
  constexpr double kWhole = 65536.0;
  const double kr = weights.red / kWhole;
  const double kb = weights.blue / kWhole;
  const double luma = kr * red + (1.0 - kr - kb) * green + kb * blue;
  return {luma, (blue - luma) / (2.0 * (1.0 - kb)), (red - luma) / (2.0 * (1.0 - kr))};
}

Rgba parsed_color(const std::string& text) {
  constexpr double kMost = 255.0;
  std::array<std::uint8_t, 4> rgba{};
  av_parse_color(rgba.data(), text.c_str(), -1, nullptr);  // was checked before
  return {rgba[0] / kMost, rgba[1] / kMost, rgba[2] / kMost, rgba[3] / kMost};
}

double sample_of(
    const Rgba& color, const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) {
  const SampleScale scale = scale_of(frame, pixel, component);
  const double value = is_alpha(pixel, component)
                           ? color.alpha
                           : components_of(color.red, color.green, color.blue, frame, pixel)
                                 .at(static_cast<std::size_t>(component));
  const double most = std::ldexp(1.0, pixel.comp[component].depth) - 1.0;
  return std::clamp(std::round(scale.zero + value * scale.one), 0.0, most);
}

}  // namespace s3reel::ops
