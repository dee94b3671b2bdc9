#include "ops/grayscale.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "media/av_error.h"
#include "ops/frame_access.h"
#include "ops/luma_weights.h"
#include "ops/pixel_layout.h"

namespace s3reel::ops {
namespace {

// What encoders' assembly expects of a plane (libavutil/frame.c aligns its own so).
constexpr int kAlignment = 64;

// Formats whose samples lie in whole bytes at fixed steps.
bool is_plain(const AVPixFmtDescriptor& pixel) {
  constexpr std::uint64_t kOdd = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL |
                                 AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                                 AV_PIX_FMT_FLAG_FLOAT;
  return (pixel.flags & kOdd) == 0;
}

bool luma_alone(const AVPixFmtDescriptor& pixel) {
  return !is_rgb(pixel) && is_plain(pixel) && pixel.nb_components >= 3 &&
         pixel.comp[0].plane == 0 && pixel.comp[1].plane > 0 && pixel.comp[2].plane > 0;
}

bool is_gray(const AVPixFmtDescriptor& pixel) {
  return !is_rgb(pixel) && is_plain(pixel) && pixel.nb_components <= 2;
}

bool rgb_samples(const AVPixFmtDescriptor& pixel) {
  const auto alike = [&pixel](int index) {
    const AVComponentDescriptor& comp = pixel.comp[index];
    return comp.depth == pixel.comp[0].depth && comp.depth >= 8 && comp.depth <= 16 &&
           comp.shift == 0;
  };
  return is_rgb(pixel) && is_plain(pixel) && pixel.nb_components >= 3 && alike(0) && alike(1) &&
         alike(2) && has_whole_samples(pixel);
}

// R, G and B of one row as the descriptor places them.
template <class Sample>
struct RgbRow {
  struct Channel {
    Sample* first;
    std::size_t step;  ///< in samples
  };

  Channel red;
  Channel green;
  Channel blue;
};

template <class Sample>
RgbRow<Sample> row_of(AVFrame& frame, const AVPixFmtDescriptor& pixel, int y) {
  const auto channel = [&](int index) {
    const AVComponentDescriptor& comp = pixel.comp[index];
    std::uint8_t* line = frame.data[comp.plane] +
                         static_cast<std::ptrdiff_t>(y) * frame.linesize[comp.plane] + comp.offset;
    return typename RgbRow<Sample>::Channel{
        reinterpret_cast<Sample*>(line), static_cast<std::size_t>(comp.step) / sizeof(Sample)};
  };
  return {channel(0), channel(1), channel(2)};
}

template <class Sample>
void gray_rows(AVFrame& frame, const AVPixFmtDescriptor& pixel, const LumaWeights& weights) {
  constexpr std::uint32_t kHalf = 1U << 15U;
  for (int y = 0; y < frame.height; ++y) {
    const RgbRow<Sample> row = row_of<Sample>(frame, pixel, y);
    for (std::size_t x = 0; x < static_cast<std::size_t>(frame.width); ++x) {
      Sample& red = row.red.first[x * row.red.step];
      Sample& green = row.green.first[x * row.green.step];
      Sample& blue = row.blue.first[x * row.blue.step];
      const std::uint32_t luma =
          (weights.red * red + weights.green * green + weights.blue * blue + kHalf) >> 16U;
      red = green = blue = static_cast<Sample>(luma);
    }
  }
}

void gray_rgb(AVFrame& frame, const AVPixFmtDescriptor& pixel) {
  media::check(ErrorKind::op, av_frame_make_writable(&frame), "grayscale");
  const LumaWeights weights = luma_weights(frame.colorspace);
  if (pixel.comp[0].depth > 8) {
    gray_rows<std::uint16_t>(frame, pixel, weights);
  } else {
    gray_rows<std::uint8_t>(frame, pixel, weights);
  }
}

int chroma_plane_count(const AVPixFmtDescriptor& pixel) {
  return pixel.comp[1].plane == pixel.comp[2].plane ? 1 : 2;
}

}  // namespace

// Packed YUV, palettes and odd layouts are left out: they are converted.
OpContract Grayscale::contract() const {
  return {
      .temporal = Temporal::stateless,
      .formats = formats_where([](const AVPixFmtDescriptor& pixel) {
        return luma_alone(pixel) || is_gray(pixel) || rgb_samples(pixel);
      }),
      .cheap = true};
}

void Grayscale::push(Frame frame, const Emit& emit) {
  AVFrame& picture = av(frame);
  const AVPixFmtDescriptor& pixel =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  if (luma_alone(pixel)) {
    share_neutral_chroma(picture, pixel);
  } else if (is_rgb(pixel)) {
    gray_rgb(picture, pixel);
  }
  emit(std::move(frame));
}

void Grayscale::share_neutral_chroma(AVFrame& frame, const AVPixFmtDescriptor& pixel) {
  make_neutral(frame, pixel);
  const int planes = chroma_plane_count(pixel);
  // The slot of a chroma plane's own buffer is free for ours; where all planes share one buffer,
  // that one stays for the luma and ours take the next slots.
  for (int plane = 1; plane <= planes; ++plane) {
    const AVBufferRef* own = av_frame_get_plane_buffer(&frame, plane);
    const AVBufferRef* luma = av_frame_get_plane_buffer(&frame, 0);
    const AVBufferRef* alpha =
        frame.data[3] == nullptr ? nullptr : av_frame_get_plane_buffer(&frame, 3);
    int slot = 0;
    while (frame.buf[slot] != nullptr && (frame.buf[slot] != own || own == luma || own == alpha)) {
      ++slot;
    }
    av_buffer_unref(&frame.buf[slot]);
    frame.buf[slot] = av_buffer_ref(neutral_.get());
    if (frame.buf[slot] == nullptr) {
      throw std::bad_alloc();
    }
    frame.data[plane] = neutral_->data;
    frame.linesize[plane] = neutral_linesize_;
  }
}

void Grayscale::make_neutral(const AVFrame& frame, const AVPixFmtDescriptor& pixel) {
  if (neutral_ && frame.format == neutral_format_ && frame.width == neutral_width_ &&
      frame.height == neutral_height_) {
    return;
  }
  neutral_format_ = frame.format;
  neutral_width_ = frame.width;
  neutral_height_ = frame.height;
  const AVComponentDescriptor& comp = pixel.comp[1];
  const int width = AV_CEIL_RSHIFT(frame.width, pixel.log2_chroma_w) * comp.step;
  const int height = AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h);
  neutral_linesize_ = FFALIGN(width, kAlignment);
  const auto size = static_cast<std::size_t>(neutral_linesize_) * static_cast<std::size_t>(height);
  neutral_.reset(av_buffer_alloc(size + kAlignment));
  if (!neutral_) {
    throw std::bad_alloc();
  }
  const unsigned middle = 1U << static_cast<unsigned>(comp.depth - 1 + comp.shift);
  if (comp.depth <= 8) {
    std::memset(neutral_->data, static_cast<int>(middle), neutral_->size);
    return;
  }
  const bool big = (pixel.flags & AV_PIX_FMT_FLAG_BE) != 0;
  const auto low = static_cast<std::uint8_t>(middle & 0xFFU);
  const auto high = static_cast<std::uint8_t>(middle >> 8U);
  for (std::size_t i = 0; i + 1 < neutral_->size; i += 2) {
    neutral_->data[i] = big ? high : low;
    neutral_->data[i + 1] = big ? low : high;
  }
}

}  // namespace s3reel::ops
