#include "media/frame_changes.h"

#include <fmt/format.h>

#include "media/compat.h"
#include "media/converter.h"
#include "media/first_frame.h"

namespace s3reel::media {
namespace {

AVPixelFormat pixel_format(const AVFrame& frame) {
  return without_j(static_cast<AVPixelFormat>(frame.format));
}

// What is not stated is a square.
AVRational pixel_aspect(const AVFrame& frame) {
  return frame.sample_aspect_ratio.num > 0 ? frame.sample_aspect_ratio : AVRational{1, 1};
}

struct Property {
  const char* name;
  bool (*same)(const AVFrame& a, const AVFrame& b);
};

constexpr std::array kProperties{
    Property{
        "pixel format",
        [](const AVFrame& a, const AVFrame& b) {
          return pixel_format(a) == pixel_format(b);
        }},
    Property{
        "colour range",
        [](const AVFrame& a, const AVFrame& b) {
          return is_full_range(a) == is_full_range(b);
        }},
    Property{
        "colour description",
        [](const AVFrame& a, const AVFrame& b) {
          return a.colorspace == b.colorspace && a.color_primaries == b.color_primaries &&
                 a.color_trc == b.color_trc;
        }},
    Property{
        "shape of a pixel",
        [](const AVFrame& a, const AVFrame& b) {
          return av_cmp_q(pixel_aspect(a), pixel_aspect(b)) == 0;
        }},
    Property{"interlacing", [](const AVFrame& a, const AVFrame& b) {
               return compat::is_interlaced(a) == compat::is_interlaced(b);
             }}};

}  // namespace

FrameChanges::FrameChanges(const AVFrame& first) : last_(without_pixels(first)) {
  static_assert(kProperties.size() == kCount);
}

void FrameChanges::look(const AVFrame& frame) {
  bool changed = false;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (kProperties[i].same(*last_, frame)) {
      continue;
    }
    changed = true;
    if (changes_[i].times++ == 0) {
      changes_[i].first_seconds = static_cast<double>(frame.pts) * av_q2d(frame.time_base);
    }
  }
  if (changed) {
    last_ = without_pixels(frame);
  }
}

std::vector<std::string> FrameChanges::losses() const {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (changes_[i].times > 0) {
      words.push_back(fmt::format(
          "the picture's {} changes {} times, first at {:.3f} s; the result keeps the first",
          kProperties[i].name,
          changes_[i].times,
          changes_[i].first_seconds));
    }
  }
  return words;
}

}  // namespace s3reel::media
