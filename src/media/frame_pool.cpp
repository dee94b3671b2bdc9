#include "media/frame_pool.h"

#include <algorithm>
#include <new>

#include "media/av_error.h"

namespace s3reel::media {
namespace {

// As wide as the widest vectors of FFmpeg and x264, which read and write a whole one at the end of
// a line, and as many lines as the coarsest blocks of codecs have.
constexpr int kAlignment = 64;
constexpr int kRows = 32;

}  // namespace

void FramePool::change(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  pool_.reset();
  linesizes_ = {};
  std::array<std::uint8_t*, 4> offsets{};
  int bytes = av_image_fill_linesizes(linesizes_.data(), format, FFALIGN(frame.width, kAlignment));
  check(ErrorKind::internal, bytes, "make a picture");
  for (int& line : linesizes_) {
    line = FFALIGN(line, kAlignment);
  }
  rows_ = FFALIGN(frame.height, kRows);
  bytes = av_image_fill_pointers(offsets.data(), format, rows_, nullptr, linesizes_.data());
  check(ErrorKind::internal, bytes, "make a picture");
  pool_.reset(av_buffer_pool_init(static_cast<std::size_t>(bytes) + kAlignment, nullptr));
  if (!pool_) {
    throw std::bad_alloc();
  }
  format_ = frame.format;
  width_ = frame.width;
  height_ = frame.height;
}

void FramePool::fill(AVFrame& frame) {
  if (!pool_ || frame.format != format_ || frame.width != width_ || frame.height != height_) {
    change(frame);
  }
  frame.buf[0] = av_buffer_pool_get(pool_.get());
  if (frame.buf[0] == nullptr) {
    throw std::bad_alloc();
  }
  std::copy(linesizes_.begin(), linesizes_.end(), frame.linesize);
  av_image_fill_pointers(
      frame.data, static_cast<AVPixelFormat>(format_), rows_, frame.buf[0]->data, frame.linesize);
  frame.extended_data = frame.data;
}

}  // namespace s3reel::media
