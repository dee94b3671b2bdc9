#pragma once

/// Frames for tests, filled so that a wrong place, depth or order shows, and samples read back by
/// libavutil's own generic reader, which shares no code with src/.

#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "media/ptr.h"

namespace s3reel::test {

struct FrameSpec {
  AVPixelFormat format = AV_PIX_FMT_YUV420P;
  int width = 64;
  int height = 48;
  std::int64_t pts = 0;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  unsigned seed = 1;
};

inline const AVPixFmtDescriptor& description(int format) {
  return *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
}

/// Size of one component's plane; chroma planes of odd sizes are rounded up.
struct Extent {
  int width;
  int height;
};

inline Extent extent(const AVFrame& frame, int component) {
  const AVPixFmtDescriptor& pixel = description(frame.format);
  const bool subsampled = component == 1 || component == 2;
  const bool rgb = (pixel.flags & AV_PIX_FMT_FLAG_RGB) != 0;
  return subsampled && !rgb ? Extent{
                                  AV_CEIL_RSHIFT(frame.width, pixel.log2_chroma_w),
                                  AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h)}
                            : Extent{frame.width, frame.height};
}

/// All samples of one component in rows.
inline std::vector<std::uint16_t> component(const AVFrame& frame, int index) {
  const Extent size = extent(frame, index);
  std::vector<std::uint16_t> samples;
  std::vector<std::uint16_t> row(static_cast<std::size_t>(size.width));
  const std::uint8_t* planes[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  for (int y = 0; y < size.height; ++y) {
    av_read_image_line(
        row.data(), planes, frame.linesize, &description(frame.format), 0, y, index, size.width, 0);
    samples.insert(samples.end(), row.begin(), row.end());
  }
  return samples;
}

/// A frame of zeros.
inline media::FramePtr blank_frame(const FrameSpec& spec) {
  media::FramePtr frame = media::make_frame();
  frame->format = spec.format;
  frame->width = spec.width;
  frame->height = spec.height;
  frame->pts = spec.pts;
  frame->time_base = {1, 25};
  frame->color_range = spec.range;
  frame->colorspace = spec.matrix;
  if (av_frame_get_buffer(frame.get(), 0) < 0) {
    throw std::bad_alloc();
  }
  // av_write_image_line() adds its bits to what is there.
  for (const AVBufferRef* buffer : frame->buf) {
    if (buffer != nullptr) {
      std::memset(buffer->data, 0, buffer->size);
    }
  }
  return frame;
}

/// Every sample of every component from a seeded generator, over its whole range.
inline media::FramePtr noise_frame(const FrameSpec& spec) {
  media::FramePtr frame = blank_frame(spec);
  const AVPixFmtDescriptor& pixel = description(spec.format);
  std::uint32_t state = spec.seed * 2'654'435'761U + 1;
  for (int index = 0; index < pixel.nb_components; ++index) {
    const Extent size = extent(*frame, index);
    std::vector<std::uint16_t> row(static_cast<std::size_t>(size.width));
    for (int y = 0; y < size.height; ++y) {
      for (std::uint16_t& sample : row) {
        state = state * 1'664'525U + 1'013'904'223U;
        const auto depth = static_cast<unsigned>(pixel.comp[index].depth);
        sample = static_cast<std::uint16_t>(state >> (32U - depth));
      }
      av_write_image_line(
          row.data(), frame->data, frame->linesize, &pixel, 0, y, index, size.width);
    }
  }
  return frame;
}

/// A picture that encoders like: a ramp that moves with `step`, neutral chroma.
inline media::FramePtr moving_frame(const FrameSpec& spec, int step) {
  media::FramePtr frame = blank_frame(spec);
  const AVPixFmtDescriptor& pixel = description(spec.format);
  for (int index = 0; index < pixel.nb_components; ++index) {
    const Extent size = extent(*frame, index);
    const auto depth = static_cast<unsigned>(pixel.comp[index].depth);
    std::vector<std::uint16_t> row(static_cast<std::size_t>(size.width));
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const int value = index == 0 ? 16 + (x * 3 + y + step * 5) % 200 : 128;
        row[static_cast<std::size_t>(x)] = static_cast<std::uint16_t>(value << (depth - 8U));
      }
      av_write_image_line(
          row.data(), frame->data, frame->linesize, &pixel, 0, y, index, size.width);
    }
  }
  return frame;
}

}  // namespace s3reel::test
