#include "ops/sample_map.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/converter.h"
#include "ops/frame_access.h"
#include "ops/pixel_layout.h"
#include "ops/sample_scale.h"

namespace s3reel::ops {
namespace {

std::vector<std::uint16_t> table(const Curves::Curve& curve, int depth, const SampleScale& scale) {
  const std::size_t count = std::size_t{1} << static_cast<unsigned>(depth);
  std::vector<std::uint16_t> values(count);
  const double most = static_cast<double>(count - 1);
  for (std::size_t i = 0; i < count; ++i) {
    const double mapped = curve((static_cast<double>(i) - scale.zero) / scale.one);
    const double sample = std::clamp(mapped * scale.one + scale.zero, 0.0, most);
    values[i] = static_cast<std::uint16_t>(std::lround(sample));
  }
  return values;
}

template <class Sample>
void map_component(
    AVFrame& frame,
    const AVPixFmtDescriptor& pixel,
    int component,
    const std::vector<std::uint16_t>& values) {
  const auto shift = static_cast<unsigned>(pixel.comp[component].shift);
  const std::size_t step = component_step<Sample>(pixel, component);
  const auto width = static_cast<std::size_t>(component_width(frame, pixel, component));
  const int height = component_height(frame, pixel, component);
  for (int y = 0; y < height; ++y) {
    Sample* row = component_row<Sample>(frame, pixel, component, y);
    for (std::size_t x = 0; x < width; ++x) {
      Sample& sample = row[x * step];
      // Bits above the depth mean nothing, and must not lead out of the table.
      const std::size_t value = (static_cast<std::size_t>(sample) >> shift) & (values.size() - 1);
      sample = static_cast<Sample>(values[value] << shift);
    }
  }
}

bool has_chroma(const AVPixFmtDescriptor& pixel) {
  return is_chroma(pixel, 1);
}

}  // namespace

SampleMap::SampleMap(std::string name, Curves curves)
    : name_(std::move(name)), curves_(std::move(curves)) {}

OpContract SampleMap::contract() const {
  return {
      .temporal = Temporal::stateless,
      .formats =
          formats_where([](const AVPixFmtDescriptor& pixel) { return has_whole_samples(pixel); }),
      .in_place = true};
}

void SampleMap::prepare(const AVFrame& frame) {
  const bool full = media::is_full_range(frame);
  if (frame.format == format_ && full == full_range_) {
    return;
  }
  format_ = frame.format;
  full_range_ = full;
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  light_ = table(curves_.light, pixel.comp[0].depth, scale_of(frame, pixel, 0));
  chroma_.clear();
  if (has_chroma(pixel) && curves_.chroma) {
    chroma_ = table(curves_.chroma, pixel.comp[1].depth, scale_of(frame, pixel, 1));
  }
}

const SampleMap::Table* SampleMap::table_of(const AVPixFmtDescriptor& pixel, int component) const {
  if (is_alpha(pixel, component)) {
    return nullptr;
  }
  if (is_chroma(pixel, component)) {
    return chroma_.empty() ? nullptr : &chroma_;
  }
  return &light_;
}

void SampleMap::push(Frame frame, const Emit& emit) {
  AVFrame& picture = av(frame);
  prepare(picture);
  const AVPixFmtDescriptor& pixel =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  for (int component = 0; component < pixel.nb_components; ++component) {
    const Table* values = table_of(pixel, component);
    if (values == nullptr) {
      continue;
    }
    by_sample(pixel, component, [&](auto sample) {
      map_component<decltype(sample)>(picture, pixel, component, *values);
    });
  }
  emit(std::move(frame));
}

}  // namespace s3reel::ops
