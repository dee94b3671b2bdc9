#include "ops/pad.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "ops/frame_access.h"
#include "ops/pixel_layout.h"
#include "ops/sample_scale.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

const AVPixFmtDescriptor& described(const AVFrame& frame) {
  return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
}

template <class Sample>
void fill(AVFrame& out, int component, double value) {
  const AVPixFmtDescriptor& pixel = described(out);
  const auto sample = static_cast<Sample>(
      static_cast<unsigned>(value) << static_cast<unsigned>(pixel.comp[component].shift));
  const auto step = component_step<Sample>(pixel, component);
  const auto width = static_cast<std::size_t>(component_width(out, pixel, component));
  for (int y = 0; y < component_height(out, pixel, component); ++y) {
    Sample* row = component_row<Sample>(out, pixel, component, y);
    if (step == 1) {
      std::fill_n(row, width, sample);
      continue;
    }
    for (std::size_t x = 0; x < width; ++x) {
      row[x * step] = sample;
    }
  }
}

/// `left` and `top` in samples of the component.
template <class Sample>
void place(const AVFrame& picture, AVFrame& out, int component, int left, int top) {
  const AVPixFmtDescriptor& pixel = described(out);
  const auto step = component_step<Sample>(pixel, component);
  const auto width = static_cast<std::size_t>(std::min(
      component_width(picture, pixel, component), component_width(out, pixel, component) - left));
  const int height = std::min(
      component_height(picture, pixel, component), component_height(out, pixel, component) - top);
  for (int y = 0; y < height; ++y) {
    const Sample* from = component_row<Sample>(picture, pixel, component, y);
    Sample* to = component_row<Sample>(out, pixel, component, top + y) +
                 static_cast<std::size_t>(left) * step;
    if (step == 1) {
      std::copy_n(from, width, to);
      continue;
    }
    for (std::size_t x = 0; x < width; ++x) {
      to[x * step] = from[x * step];
    }
  }
}

template <class Sample>
void frame_in(
    const AVFrame& picture, AVFrame& out, int component, double value, int left, int top) {
  const AVPixFmtDescriptor& pixel = described(out);
  const bool chroma = is_chroma(pixel, component);
  fill<Sample>(out, component, value);
  place<Sample>(
      picture,
      out,
      component,
      chroma ? left >> pixel.log2_chroma_w : left,
      chroma ? top >> pixel.log2_chroma_h : top);
}

}  // namespace

OpContract Pad::contract() const {
  return {
      .temporal = Temporal::stateless,
      .formats =
          formats_where([](const AVPixFmtDescriptor& pixel) { return has_whole_samples(pixel); }),
      .changes_size = true};
}

VideoFacts Pad::output(const VideoFacts& input) const {
  static_cast<void>(corner_of(input.shape, *av_pix_fmt_desc_get(pixel_format(input.shape.format))));
  VideoFacts out = input;
  out.shape.width = settings_.width;
  out.shape.height = settings_.height;
  return out;
}

Pad::Corner Pad::corner_of(const FrameShape& picture, const AVPixFmtDescriptor& pixel) const {
  const int left = settings_.left.value_or((settings_.width - picture.width) / 2);
  const int top = settings_.top.value_or((settings_.height - picture.height) / 2);
  if (left < 0 || top < 0 || left + picture.width > settings_.width ||
      top + picture.height > settings_.height) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "op pad",
        .subject = fmt::format("a picture of {}x{}", picture.width, picture.height),
        .reason = fmt::format(
            "it does not fit into {}x{}{}",
            settings_.width,
            settings_.height,
            settings_.left || settings_.top ? fmt::format(" at {},{}", left, top) : ""),
        .hint = "give w and h that hold it, or scale it in front"});
  }
  return {
      left >> pixel.log2_chroma_w << pixel.log2_chroma_w,
      top >> pixel.log2_chroma_h << pixel.log2_chroma_h};
}

void Pad::push(Frame frame, const Emit& emit) {
  const FrameShape shape = frame.shape();
  const AVFrame& picture = av(frame);
  const AVPixFmtDescriptor& pixel = described(picture);
  const Corner corner = corner_of(shape, pixel);
  Frame result = pool_.like(frame, {shape.format, settings_.width, settings_.height});
  AVFrame& out = av(result);
  const Rgba color = parsed_color(settings_.color);
  for (int component = 0; component < pixel.nb_components; ++component) {
    const double value = sample_of(color, out, pixel, component);
    by_sample(pixel, component, [&](auto sample) {
      frame_in<decltype(sample)>(picture, out, component, value, corner.left, corner.top);
    });
  }
  emit(std::move(result));
}

}  // namespace s3reel::ops
