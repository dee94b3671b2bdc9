#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "media/ffmpeg.h"

namespace s3reel::ops {

bool is_rgb(const AVPixFmtDescriptor& pixel);

bool is_chroma(const AVPixFmtDescriptor& pixel, int component);
bool is_alpha(const AVPixFmtDescriptor& pixel, int component);

/// Samples of whole bytes at fixed steps, in this machine's order of bytes.
bool has_whole_samples(const AVPixFmtDescriptor& pixel);

/// Names of the formats of which `takes` holds.
template <class Predicate>
std::vector<std::string> formats_where(Predicate&& takes) {
  std::vector<std::string> names;
  for (const AVPixFmtDescriptor* pixel = av_pix_fmt_desc_next(nullptr); pixel != nullptr;
       pixel = av_pix_fmt_desc_next(pixel)) {
    if (takes(*pixel)) {
      names.emplace_back(pixel->name);
    }
  }
  return names;
}

/// Size of a component: chroma of 4:2:0 has half of the picture's.
int component_width(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component);
int component_height(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component);

/// A component's first sample of row `y`; the next one is `component_step` samples further.
template <class Sample>
Sample* component_row(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component, int y) {
  const AVComponentDescriptor& part = pixel.comp[component];
  return reinterpret_cast<Sample*>(
      frame.data[part.plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[part.plane] +
      part.offset);
}

template <class Sample>
std::size_t component_step(const AVPixFmtDescriptor& pixel, int component) {
  return static_cast<std::size_t>(pixel.comp[component].step) / sizeof(Sample);
}

/// Calls `work` with a sample of the component's type, a uint8 or a uint16.
template <class Work>
void by_sample(const AVPixFmtDescriptor& pixel, int component, Work&& work) {
  const AVComponentDescriptor& part = pixel.comp[component];
  if (part.depth + part.shift > 8) {
    std::forward<Work>(work)(std::uint16_t{});
  } else {
    std::forward<Work>(work)(std::uint8_t{});
  }
}

}  // namespace s3reel::ops
