#include "ops/plugin_trial.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "media/ptr.h"
#include "ops/chain.h"
#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

constexpr int kFrames = 8;

struct Size {
  int width;
  int height;
};

/// A ramp that moves: no two frames are alike, no row is flat.
media::FramePtr made_up(AVPixelFormat format, Size size, int number) {
  media::FramePtr frame = media::make_frame();
  frame->format = format;
  frame->width = size.width;
  frame->height = size.height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) {
    throw std::bad_alloc();
  }
  for (const AVBufferRef* buffer : frame->buf) {
    for (std::size_t i = 0; buffer != nullptr && i < buffer->size; ++i) {
      buffer->data[i] = static_cast<std::uint8_t>(i + static_cast<std::size_t>(number) * 7);
    }
  }
  frame->pts = number;
  frame->time_base = {1, 25};
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->colorspace = AVCOL_SPC_BT709;
  return frame;
}

std::string try_one(
    const OpFactory& factory, AVPixelFormat format, Size size, const base::Log& log) {
  Chain chain({factory}, {}, log);
  media::FramePtr like = made_up(format, size, 0);
  chain.start(1, {.like = std::move(like), .home = format, .frame_rate = {25, 1}});
  int out = 0;
  const Hand count = [&out](const Item&) {
    ++out;
  };
  for (int i = 0; i < kFrames; ++i) {
    chain.push(made_up(format, size, i), count);
  }
  chain.flush(count);
  return fmt::format(
      "{} {}x{}: {} frames in, {} out",
      av_get_pix_fmt_name(format),
      size.width,
      size.height,
      kFrames,
      out);
}

/// What it takes itself, or what videos have most.
std::vector<AVPixelFormat> formats_of(const OpContract& contract) {
  constexpr std::size_t kMost = 6;
  std::vector<AVPixelFormat> formats;
  for (const std::string& name : contract.formats) {
    const AVPixelFormat format = pixel_format(name);
    if (format != AV_PIX_FMT_NONE && formats.size() < kMost) {
      formats.push_back(format);
    }
  }
  if (formats.empty()) {
    formats = {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24};
  }
  return formats;
}

}  // namespace

std::vector<std::string> try_out(
    const OpFactory& factory, const base::Log& log, const std::function<void()>& go_on) {
  std::vector<std::string> lines;
  for (const AVPixelFormat format : formats_of(factory()->contract())) {
    for (const Size size : {Size{64, 48}, Size{161, 121}}) {
      go_on();
      lines.push_back(try_one(factory, format, size, log));
    }
  }
  return lines;
}

}  // namespace s3reel::ops
