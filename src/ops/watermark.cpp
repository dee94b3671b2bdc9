#include "ops/watermark.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "media/first_frame.h"
#include "ops/frame_access.h"
#include "ops/pixel_layout.h"
#include "ops/place.h"
#include "ops/sample_scale.h"

namespace s3reel::ops {
namespace {

/// One pixel of the picture: red, green, blue and how much of it is seen, from 0 to 1.
std::array<double, 4> pixel_of(const AVFrame& picture, int x, int y) {
  const std::uint8_t* row = picture.data[0] + static_cast<std::ptrdiff_t>(y) * picture.linesize[0];
  const auto read = [x](const auto* samples, double most) {
    const auto* at = samples + static_cast<std::ptrdiff_t>(x) * 4;
    return std::array<double, 4>{at[0] / most, at[1] / most, at[2] / most, at[3] / most};
  };
  return picture.format == AV_PIX_FMT_RGBA
             ? read(row, 255.0)
             : read(reinterpret_cast<const std::uint16_t*>(row), 65535.0);
}

template <class Sample, class Layer>
void blend(AVFrame& frame, const AVPixFmtDescriptor& pixel, int component, const Layer& layer) {
  const auto shift = static_cast<unsigned>(pixel.comp[component].shift);
  const float most = std::ldexp(1.0F, pixel.comp[component].depth) - 1.0F;
  const std::size_t step = component_step<Sample>(pixel, component);
  const float* keep = layer.keep.data();
  const float* add = layer.add.data();
  for (int y = 0; y < layer.height; ++y) {
    Sample* row = component_row<Sample>(frame, pixel, component, layer.top + y) +
                  static_cast<std::size_t>(layer.left) * step;
    for (int x = 0; x < layer.width; ++x, ++keep, ++add, row += step) {
      const auto sample = static_cast<float>(*row >> shift);
      const float mixed = std::clamp(sample * *keep + *add, 0.0F, most);
      *row = static_cast<Sample>(static_cast<unsigned>(std::lround(mixed)) << shift);
    }
  }
}

bool same_kind(const AVFrame& a, const AVFrame& b) {
  return a.format == b.format && a.width == b.width && a.height == b.height &&
         a.color_range == b.color_range && a.colorspace == b.colorspace;
}

}  // namespace

OpContract Watermark::contract() const {
  return {
      .temporal = Temporal::stateless,
      .formats =
          formats_where([](const AVPixFmtDescriptor& pixel) { return has_whole_samples(pixel); }),
      .in_place = true};
}

void Watermark::prepare(const AVFrame& frame) {
  if (like_ && same_kind(*like_, frame)) {
    return;
  }
  like_ = media::without_pixels(frame);
  const AVFrame& picture = *settings_.picture;
  left_ = place_across(settings_.at, frame.width, picture.width, settings_.margin);
  top_ = place_down(settings_.at, frame.height, picture.height, settings_.margin);
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  layers_.clear();
  for (int component = 0; component < pixel.nb_components; ++component) {
    layers_.push_back(is_alpha(pixel, component) ? Layer{} : layer_of(frame, pixel, component));
  }
}

// A chroma sample stands for a block of pixels, of which the picture may cover some: each takes its
// share.
Watermark::Layer Watermark::layer_of(
    const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) const {
  const AVFrame& picture = *settings_.picture;
  const SampleScale scale = scale_of(frame, pixel, component);
  const int shift_x = is_chroma(pixel, component) ? pixel.log2_chroma_w : 0;
  const int shift_y = is_chroma(pixel, component) ? pixel.log2_chroma_h : 0;
  const auto end = [](int begin, int length, int shift, int most) {
    return std::min(((begin + length - 1) >> shift) + 1, most);
  };
  Layer layer{.left = std::max(left_, 0) >> shift_x, .top = std::max(top_, 0) >> shift_y};
  layer.width = std::max(
      0, end(left_, picture.width, shift_x, component_width(frame, pixel, component)) - layer.left);
  layer.height = std::max(
      0, end(top_, picture.height, shift_y, component_height(frame, pixel, component)) - layer.top);
  // Fewer at an odd edge of the frame.
  const auto pixels_of = [](int sample, int shift, int size) {
    return std::min(1 << shift, size - (sample << shift));
  };
  const auto count = static_cast<std::size_t>(layer.width) * static_cast<std::size_t>(layer.height);
  layer.keep.assign(count, 1.0F);
  layer.add.assign(count, 0.0F);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int at_x = left_ + x;
      const int at_y = top_ + y;
      if (at_x < 0 || at_x >= frame.width || at_y < 0 || at_y >= frame.height) {
        continue;
      }
      const int column = (at_x >> shift_x) - layer.left;
      const int row = (at_y >> shift_y) - layer.top;
      const auto [red, green, blue, seen] = pixel_of(picture, x, y);
      const double value =
          components_of(red, green, blue, frame, pixel)[static_cast<std::size_t>(component)];
      const double share = settings_.opacity * seen /
                           (pixels_of(layer.left + column, shift_x, frame.width) *
                            pixels_of(layer.top + row, shift_y, frame.height));
      const auto at = static_cast<std::size_t>(row) * static_cast<std::size_t>(layer.width) +
                      static_cast<std::size_t>(column);
      layer.keep[at] -= static_cast<float>(share);
      layer.add[at] += static_cast<float>(share * (scale.zero + value * scale.one));
    }
  }
  return layer;
}

void Watermark::push(Frame frame, const Emit& emit) {
  AVFrame& picture = av(frame);
  prepare(picture);
  const AVPixFmtDescriptor& pixel =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  for (int component = 0; component < pixel.nb_components; ++component) {
    const Layer& layer = layers_[static_cast<std::size_t>(component)];
    by_sample(pixel, component, [&](auto sample) {
      blend<decltype(sample)>(picture, pixel, component, layer);
    });
  }
  emit(std::move(frame));
}

}  // namespace s3reel::ops
