// The JSON of redact, as anybody may have written it: what is read from it makes sense, is read
// again as it was, and covers those samples of a picture and no others.

#include <cmath>

#include <nlohmann/json.hpp>

#include "fuzz/target.h"
#include "ops/color.h"
#include "ops/frame_access.h"
#include "ops/redact.h"
#include "s3reel/error.h"
#include "unit/media/frames.h"

namespace s3reel::fuzz {
namespace {

using ops::RedactRegion;
using Regions = std::vector<RedactRegion>;

constexpr const char* kPath = "s3://bucket/regions.json";
constexpr int kTicks = 1000;  // to a second
constexpr int kWidth = 23;
constexpr int kHeight = 13;

/// Empty if it was refused.
Regions read(std::span<const std::byte> text) {
  try {
    return ops::read_regions(text, kPath);
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::usage, "what the user wrote is the user's error");
    require(error.info().subject == kPath, "the error names the file");
    require(!error.info().reason.empty() && !error.info().hint.empty(), "it says why");
    return {};
  }
}

void check(const RedactRegion& region) {
  require(region.x >= 0 && region.y >= 0, "a region begins in the picture");
  require(region.width >= 1 && region.height >= 1, "a region covers something");
  require(region.from >= 0.0 && region.from < region.to, "a region has its time");
  require(region.radius >= 0, "a radius is none or some pixels");
  require(ops::is_color(region.color), "its colour is one");
}

std::string written(const Regions& regions) {
  auto list = nlohmann::json::array();
  for (const RedactRegion& one : regions) {
    nlohmann::json entry{{"x", one.x}, {"y", one.y}, {"w", one.width}, {"h", one.height}};
    entry["from"] = one.from;
    entry["color"] = one.color;
    entry["mode"] = one.mode == RedactRegion::Mode::blur ? "blur" : "fill";
    if (std::isfinite(one.to)) {
      entry["to"] = one.to;
    }
    if (one.radius > 0) {
      entry["radius"] = one.radius;
    }
    list.push_back(entry);
  }
  return nlohmann::json{{"regions", list}}.dump();
}

bool same(const RedactRegion& a, const RedactRegion& b) {
  return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height &&
         a.from == b.from && a.to == b.to && a.mode == b.mode && a.color == b.color &&
         a.radius == b.radius;
}

/// Whether a region touches the block of pixels that the sample stands for, or, for luma, the one
/// of chroma that it shares with its neighbours.
bool touches(const RedactRegion& region, int pixel_x, int pixel_y, int grid) {
  const int left = pixel_x / grid * grid;
  const int top = pixel_y / grid * grid;
  return region.x < left + grid && region.x + region.width > left && region.y < top + grid &&
         region.y + region.height > top;
}

void check_cover(const Regions& regions, const AVFrame& before, const AVFrame& after) {
  constexpr int kGrid = 2;
  for (int part = 0; part < 3; ++part) {
    const test::Extent size = test::extent(before, part);
    const int step = part == 0 ? 1 : kGrid;
    const auto old = test::component(before, part);
    const auto now = test::component(after, part);
    int filled = -1;
    for (std::size_t i = 0; i < old.size(); ++i) {
      const int x = static_cast<int>(i) % size.width * step;
      const int y = static_cast<int>(i) / size.width * step;
      const bool covered =
          std::any_of(regions.begin(), regions.end(), [&](const RedactRegion& one) {
            return touches(one, x, y, kGrid);
          });
      require(covered || now[i] == old[i], "what is outside stays");
      if (covered && regions.back().mode == RedactRegion::Mode::fill &&
          touches(regions.back(), x, y, kGrid)) {
        filled = filled < 0 ? now[i] : filled;
        require(now[i] == filled, "what is filled has one colour");
      }
    }
  }
}

/// A picture of the moment at which `first` begins.
void check_picture(const Regions& all, const RedactRegion& first) {
  constexpr double kLatest = 1e6;
  if (first.from > kLatest) {
    return;
  }
  const auto make = [&] {
    media::FramePtr frame = test::noise_frame({.width = kWidth, .height = kHeight});
    frame->time_base = {1, kTicks};
    frame->pts = static_cast<std::int64_t>(std::ceil(first.from * kTicks));
    return frame;
  };
  const media::FramePtr before = make();
  const double now = static_cast<double>(before->pts) / kTicks;
  Regions active;
  std::copy_if(all.begin(), all.end(), std::back_inserter(active), [&](const RedactRegion& one) {
    return one.from <= now && now < one.to && one.x < kWidth && one.y < kHeight;
  });
  ops::Redact op(all);
  op.push(
      ops::wrap(make()), [&](const Frame& after) { check_cover(active, *before, ops::av(after)); });
}

}  // namespace

void examine(const Bytes& input) {
  constexpr std::size_t kMost = 32;  // a picture is compared for each
  const Regions regions = read(input);
  std::for_each(regions.begin(), regions.end(), check);
  const std::string text = written(regions);
  const Regions again = read(std::as_bytes(std::span(text)));
  require(
      std::equal(regions.begin(), regions.end(), again.begin(), again.end(), same),
      "regions are read as written");
  for (std::size_t i = 0; i < std::min(regions.size(), kMost); ++i) {
    check_picture(regions, regions[i]);
  }
}

}  // namespace s3reel::fuzz
