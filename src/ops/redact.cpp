#include "ops/redact.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "ops/frame_access.h"
#include "ops/pixel_layout.h"
#include "ops/sample_scale.h"

namespace s3reel::ops {
namespace {

/// A rectangle in samples of one component.
struct Box {
  int left;
  int top;
  int right;   ///< not included
  int bottom;  ///< not included

  [[nodiscard]] bool empty() const { return left >= right || top >= bottom; }
};

/// Grown to whole samples of the coarsest component, cut to the picture; what begins beyond it
/// would grow back into its last samples at an odd size.
Box box_of(
    const RedactRegion& region,
    const AVFrame& frame,
    const AVPixFmtDescriptor& pixel,
    int component) {
  if (region.x >= frame.width || region.y >= frame.height) {
    return {};
  }
  const int grid_x = 1 << pixel.log2_chroma_w;
  const int grid_y = 1 << pixel.log2_chroma_h;
  const int shift_x = is_chroma(pixel, component) ? pixel.log2_chroma_w : 0;
  const int shift_y = is_chroma(pixel, component) ? pixel.log2_chroma_h : 0;
  const auto down = [](int value, int grid) {
    return value / grid * grid;
  };
  const auto up = [](int value, int grid) {
    return (value + grid - 1) / grid * grid;
  };
  return {
      down(std::clamp(region.x, 0, frame.width), grid_x) >> shift_x,
      down(std::clamp(region.y, 0, frame.height), grid_y) >> shift_y,
      std::min(
          up(std::clamp(region.x + region.width, 0, frame.width), grid_x) >> shift_x,
          component_width(frame, pixel, component)),
      std::min(
          up(std::clamp(region.y + region.height, 0, frame.height), grid_y) >> shift_y,
          component_height(frame, pixel, component))};
}

/// One component inside a box.
template <class Sample>
class Patch {
 public:
  Patch(AVFrame& frame, const AVPixFmtDescriptor& pixel, int component, const Box& box)
      : frame_(frame),
        pixel_(pixel),
        component_(component),
        box_(box),
        shift_(static_cast<unsigned>(pixel.comp[component].shift)) {}

  void fill(double value) {
    const auto sample = static_cast<Sample>(static_cast<unsigned>(value) << shift_);
    for (int y = box_.top; y < box_.bottom; ++y) {
      for (int x = box_.left; x < box_.right; ++x) {
        at(x, y) = sample;
      }
    }
  }

  /// Three boxes one after the other are close to a Gaussian.
  void blur(int radius_x, int radius_y) {
    constexpr int kPasses = 3;
    for (int pass = 0; pass < kPasses; ++pass) {
      for (int y = box_.top; y < box_.bottom; ++y) {
        smooth(box_.left, box_.right, radius_x, [&](int x) -> Sample& { return at(x, y); });
      }
      for (int x = box_.left; x < box_.right; ++x) {
        smooth(box_.top, box_.bottom, radius_y, [&](int y) -> Sample& { return at(x, y); });
      }
    }
  }

 private:
  Sample& at(int x, int y) {
    const auto step = component_step<Sample>(pixel_, component_);
    return component_row<Sample>(frame_, pixel_, component_, y)[static_cast<std::size_t>(x) * step];
  }

  /// A moving mean over a line; beyond its ends the last samples count again.
  template <class Line>
  void smooth(int begin, int end, int radius, Line&& line) {
    if (radius < 1) {
      return;
    }
    line_.clear();
    for (int i = begin; i < end; ++i) {
      line_.push_back(line(i) >> shift_);
    }
    const int last = end - begin - 1;
    const auto value = [&](int i) {
      return std::uint64_t{line_[static_cast<std::size_t>(std::clamp(i, 0, last))]};
    };
    const auto count = 2 * static_cast<std::uint64_t>(radius) + 1;
    // Around the first sample; a radius may be far longer than the line.
    std::uint64_t sum = value(0) * static_cast<std::uint64_t>(radius);
    for (int i = 0; i <= std::min(radius, last); ++i) {
      sum += value(i);
    }
    sum += value(last) * static_cast<std::uint64_t>(std::max(0, radius - last));
    for (int i = 0; i <= last; ++i) {
      line(begin + i) = static_cast<Sample>(((sum + count / 2) / count) << shift_);
      sum += value(i + radius + 1);
      sum -= value(i - radius);
    }
  }

  AVFrame& frame_;
  const AVPixFmtDescriptor& pixel_;
  int component_;
  Box box_;
  unsigned shift_;
  std::vector<unsigned> line_;
};

template <class Sample>
void redact(
    AVFrame& frame, const AVPixFmtDescriptor& pixel, int component, const RedactRegion& region) {
  const Box box = box_of(region, frame, pixel, component);
  if (box.empty()) {
    return;
  }
  Patch<Sample> patch(frame, pixel, component, box);
  const bool chroma = is_chroma(pixel, component);
  if (region.mode == RedactRegion::Mode::fill) {
    Rgba color = parsed_color(region.color);
    color.alpha = 1.0;  // what is covered does not shine through
    patch.fill(sample_of(color, frame, pixel, component));
    return;
  }
  const int radius =
      region.radius > 0 ? region.radius : std::max(region.width, region.height) / 4 + 1;
  patch.blur(
      std::max(1, chroma ? radius >> pixel.log2_chroma_w : radius),
      std::max(1, chroma ? radius >> pixel.log2_chroma_h : radius));
}

}  // namespace

Redact::Redact(std::vector<RedactRegion> regions) : regions_(std::move(regions)) {}

OpContract Redact::contract() const {
  return {
      .temporal = Temporal::stateless,
      .formats =
          formats_where([](const AVPixFmtDescriptor& pixel) { return has_whole_samples(pixel); }),
      .in_place = true};
}

void Redact::push(Frame frame, const Emit& emit) {
  // A decimal fraction means the time that it is nearest to, as for readers.
  constexpr double kTolerance = 1e-6;
  const double now = frame.seconds() + kTolerance;
  AVFrame& picture = av(frame);
  const AVPixFmtDescriptor& pixel =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  for (const RedactRegion& region : regions_) {
    if (now < region.from || now >= region.to) {
      continue;
    }
    for (int component = 0; component < pixel.nb_components; ++component) {
      by_sample(pixel, component, [&](auto sample) {
        redact<decltype(sample)>(picture, pixel, component, region);
      });
    }
  }
  emit(std::move(frame));
}

}  // namespace s3reel::ops
