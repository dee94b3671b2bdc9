// What grayscale costs for each 1080p frame, in CPU time of the thread that runs it, beside a plain
// copy of the same frame as a yardstick. One CSV line for each pixel format on standard output.
//
// The frame that the chain hands on goes in again, as a decoder's buffer pool would give it:
// nothing is allocated for pixels, and formats that are changed in place are changed in place.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "media/av_error.h"
#include "media/first_frame.h"
#include "media/ptr.h"
#include "ops/chain.h"
#include "ops/registry.h"

namespace {

using s3reel::media::FramePtr;

constexpr int kWidth = 1920;
constexpr int kHeight = 1080;
constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.05;
constexpr std::array kFormats{
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24};

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

FramePtr noise_frame(AVPixelFormat format) {
  FramePtr frame = s3reel::media::make_frame();
  frame->format = format;
  frame->width = kWidth;
  frame->height = kHeight;
  frame->pts = 0;
  frame->time_base = {1, 24};
  frame->colorspace = format == AV_PIX_FMT_RGB24 ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
  s3reel::media::check(
      s3reel::ErrorKind::internal,
      av_frame_get_buffer(frame.get(), 0),
      "make a frame",
      av_get_pix_fmt_name(format));
  const std::uint8_t mask = format == AV_PIX_FMT_YUV420P10 ? 0x03 : 0xff;
  std::uint32_t state = 1;
  for (const AVBufferRef* buffer : frame->buf) {
    for (std::size_t i = 0; buffer != nullptr && i < buffer->size; ++i) {
      state = state * 1664525U + 1013904223U;
      // 10-bit samples are little-endian pairs: the upper byte holds two bits.
      const bool upper = (i & 1U) != 0;
      buffer->data[i] = static_cast<std::uint8_t>(state >> 24U) & (upper ? mask : 0xff);
    }
  }
  return frame;
}

/// Microseconds of CPU for one call, the median of several rounds.
double cost_us(const std::function<void()>& work) {
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    int calls = 0;
    double spent = 0;
    const double began = thread_seconds();
    do {
      work();
      ++calls;
      spent = thread_seconds() - began;
    } while (spent < kRoundSeconds);
    rounds.push_back(spent / calls * 1e6);
  }
  std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
  return rounds[kRounds / 2];
}

double grayscale_us(AVPixelFormat format) {
  FramePtr frame = noise_frame(format);
  s3reel::ops::Chain chain({s3reel::ops::factory(s3reel::BuiltInOp{"grayscale"}, {})}, {}, {});
  chain.start(1, {.like = s3reel::media::without_pixels(*frame), .home = format});
  const s3reel::ops::Hand take_back = [&frame](s3reel::ops::Item done) {
    frame = std::move(done.frame);
  };
  return cost_us([&] {
    ++frame->pts;  // a chain takes no time twice
    chain.push(std::move(frame), take_back);
  });
}

double copy_us(AVPixelFormat format) {
  const FramePtr from = noise_frame(format);
  const FramePtr to = noise_frame(format);
  return cost_us([&] { av_frame_copy(to.get(), from.get()); });
}

}  // namespace

int main() {
  try {
    std::puts("format,width,height,grayscale_us,copy_us");
    for (const AVPixelFormat format : kFormats) {
      std::printf(
          "%s,%d,%d,%.2f,%.2f\n",
          av_get_pix_fmt_name(format),
          kWidth,
          kHeight,
          grayscale_us(format),
          copy_us(format));
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "grayscale_bench: %s\n", error.what());
    return 1;
  }
}
