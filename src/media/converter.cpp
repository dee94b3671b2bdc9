#include "media/converter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>

#include "media/av_error.h"
#include "media/yuv_to_rgb.h"

extern "C" {
#include <libavutil/imgutils.h>
}

namespace s3reel::media {
namespace {

/// Its colours are RGB, too.
bool has_palette(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_PAL) != 0;
}

// BT.709 where the source does not say.
const int* sws_coefficients(AVColorSpace matrix) {
  const bool known = matrix != AVCOL_SPC_UNSPECIFIED && matrix != AVCOL_SPC_RGB;
  return sws_getCoefficients(known ? static_cast<int>(matrix) : SWS_CS_ITU709);
}

int rounded_up(int value, int bits) {
  return ((value + (1 << bits) - 1) >> bits) << bits;
}

/// Bytes from one sample of a plane to the next beside it.
int step_of(AVPixelFormat format, int plane) {
  std::array<int, 4> steps{};
  av_image_fill_max_pixsteps(steps.data(), nullptr, av_pix_fmt_desc_get(format));
  return steps.at(static_cast<std::size_t>(plane));
}

/// A copy in a larger size, whose last column and row are repeated.
FramePtr extended(const AVFrame& frame, int width, int height) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  FramePtr out = make_frame();
  check(ErrorKind::internal, av_frame_copy_props(out.get(), &frame), "convert pixels");
  out->format = frame.format;
  out->width = width;
  out->height = height;
  check(ErrorKind::internal, av_frame_get_buffer(out.get(), 0), "convert pixels");
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format);
  for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
    const bool chroma = plane == 1 || plane == 2;
    const int from_rows = chroma ? AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h) : frame.height;
    const int to_rows = chroma ? AV_CEIL_RSHIFT(height, pixel.log2_chroma_h) : height;
    const int from_bytes = av_image_get_linesize(format, frame.width, plane);
    const int to_bytes = av_image_get_linesize(format, width, plane);
    const int step = step_of(format, plane);
    for (int row = 0; row < to_rows; ++row) {
      std::uint8_t* to = out->data[plane] + row * static_cast<std::ptrdiff_t>(out->linesize[plane]);
      std::memcpy(
          to,
          frame.data[plane] +
              std::min(row, from_rows - 1) * static_cast<std::ptrdiff_t>(frame.linesize[plane]),
          static_cast<std::size_t>(from_bytes));
      for (int at = from_bytes; at < to_bytes; at += step) {
        std::memcpy(to + at, to + at - step, static_cast<std::size_t>(step));
      }
    }
  }
  return out;
}

}  // namespace

AVPixelFormat without_j(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    default:
      return format;
  }
}

bool is_rgb(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

bool has_finer_chroma(AVPixelFormat to, AVPixelFormat from) {
  const auto steps = [](AVPixelFormat format) {
    const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format);
    return pixel.log2_chroma_w + pixel.log2_chroma_h;
  };
  return steps(to) < steps(from);
}

bool is_full_range(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  return frame.color_range == AVCOL_RANGE_JPEG || without_j(format) != format ||
         (frame.color_range == AVCOL_RANGE_UNSPECIFIED && is_rgb(format));
}

void relabel_colour(AVFrame& frame, AVPixelFormat from, AVPixelFormat to, AVPixelFormat home) {
  const bool was_yuv = home != AV_PIX_FMT_NONE && !is_rgb(home) && !has_palette(home);
  if (is_rgb(from) && !is_rgb(to) && !was_yuv) {
    if (frame.color_range != AVCOL_RANGE_JPEG) {
      frame.color_range = AVCOL_RANGE_MPEG;
    }
    if (frame.colorspace == AVCOL_SPC_RGB || frame.colorspace == AVCOL_SPC_UNSPECIFIED) {
      frame.colorspace = AVCOL_SPC_BT709;
    }
  } else if (without_j(from) != from && without_j(to) == to) {
    frame.color_range = AVCOL_RANGE_JPEG;
  }
}

// RGB has no other range in common use.
bool PixelConverter::changes_range(const AVFrame& frame) const {
  return to_range_ != AVCOL_RANGE_UNSPECIFIED && !is_rgb(to_) &&
         !is_rgb(static_cast<AVPixelFormat>(frame.format)) &&
         is_full_range(frame) != (to_range_ == AVCOL_RANGE_JPEG);
}

bool PixelConverter::to_full_range(const AVFrame& frame) const {
  if (is_rgb(to_)) {
    return true;
  }
  if (to_range_ != AVCOL_RANGE_UNSPECIFIED) {
    return to_range_ == AVCOL_RANGE_JPEG;
  }
  return is_rgb(static_cast<AVPixelFormat>(frame.format)) ? frame.color_range == AVCOL_RANGE_JPEG
                                                          : is_full_range(frame);
}

PictureSize PixelConverter::size_of(const AVFrame& frame) const {
  return to_size_.width > 0 ? to_size_ : PictureSize{frame.width, frame.height};
}

int PixelConverter::filter_for(AVPixelFormat from) const {
  if (chroma_ == Chroma::smooth) {
    return SWS_BICUBIC;
  }
  return has_finer_chroma(to_, from) ? SWS_POINT : SWS_AREA;
}

void PixelConverter::prepare(const AVFrame& frame) {
  if (scaler_ && frame.width == width_ && frame.height == height_ && frame.format == from_ &&
      frame.color_range == range_ && frame.colorspace == matrix_) {
    return;
  }
  width_ = frame.width;
  height_ = frame.height;
  from_ = frame.format;
  range_ = frame.color_range;
  matrix_ = frame.colorspace;
  const auto from = static_cast<AVPixelFormat>(frame.format);
  const int from_full = is_full_range(frame) ? 1 : 0;
  const int to_full = to_full_range(frame) ? 1 : 0;
  scaler_.reset(sws_alloc_context());
  if (!scaler_) {
    throw std::bad_alloc();
  }
  const auto set = [this](const char* option, int value) {
    check(ErrorKind::internal, av_opt_set_int(scaler_.get(), option, value, 0), "convert pixels");
  };
  set("srcw", width_);
  set("srch", height_);
  const PictureSize size = size_of(frame);
  set("dstw", size.width);
  set("dsth", size.height);
  // The ranges stand beside the formats, and before it is opened: afterwards swscale may have
  // chosen a way that ignores them.
  set("src_format", without_j(from));
  set("dst_format", without_j(to_));
  set("src_range", from_full);
  set("dst_range", to_full);
  set("sws_flags", filter_for(from) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP);
  if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0) {
    throw Error(ErrorInfo{
        .operation = "convert pixels",
        .subject = std::string(av_get_pix_fmt_name(from)) + " to " + av_get_pix_fmt_name(to_),
        .reason = "swscale does not know this conversion"});
  }
  const int* coefficients = sws_coefficients(matrix_);
  sws_setColorspaceDetails(
      scaler_.get(), coefficients, from_full, coefficients, to_full, 0, 1 << 16, 1 << 16);
}

/// swscale takes the chroma of 97 columns, which are 49, for 49 of 97 and not for 48 and a half:
/// each sample then comes from another place than the one it goes back to.
FramePtr PixelConverter::on_chroma_grid(FramePtr frame) const {
  const AVPixFmtDescriptor& from = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame->format));
  const AVPixFmtDescriptor& to = *av_pix_fmt_desc_get(to_);
  const int width = rounded_up(frame->width, std::max(from.log2_chroma_w, to.log2_chroma_w));
  const int height = rounded_up(frame->height, std::max(from.log2_chroma_h, to.log2_chroma_h));
  if (chroma_ == Chroma::smooth || (width == frame->width && height == frame->height)) {
    return frame;
  }
  return extended(*frame, width, height);
}

/// With one sample of chroma for each pixel nothing is there to be made smooth.
bool PixelConverter::is_quick(AVPixelFormat from) const {
  return to_ == AV_PIX_FMT_RGB24 && is_planar_yuv_of_bytes(from) &&
         (chroma_ == Chroma::reversible || !has_finer_chroma(to_, from));
}

FramePtr PixelConverter::quickly(const AVFrame& frame) {
  FramePtr out = blank_like(frame);
  yuv_to_rgb(
      frame,
      std::span<const int, 4>(sws_coefficients(frame.colorspace), 4),
      is_full_range(frame) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG,
      *out);
  return out;
}

FramePtr PixelConverter::convert(FramePtr frame) {
  const PictureSize size = size_of(*frame);
  const bool fits = frame->width == size.width && frame->height == size.height;
  if (frame->format == to_ && fits && !changes_range(*frame)) {
    return frame;
  }
  if (fits && is_quick(static_cast<AVPixelFormat>(frame->format))) {
    return quickly(*frame);
  }
  FramePtr out = scaled(*on_chroma_grid(std::move(frame)));
  if (fits) {
    out->width = size.width;
    out->height = size.height;
  }
  return out;
}

FramePtr PixelConverter::scaled(const AVFrame& frame) {
  prepare(frame);
  FramePtr out = blank_like(frame);
  check(
      ErrorKind::internal,
      sws_scale(
          scaler_.get(), frame.data, frame.linesize, 0, frame.height, out->data, out->linesize),
      "convert pixels");
  return out;
}

/// What becomes of `frame`, as yet without a picture.
FramePtr PixelConverter::blank_like(const AVFrame& frame) {
  const PictureSize size = size_of(frame);
  const bool fits = frame.width == size.width && frame.height == size.height;
  FramePtr out = make_frame();
  check(ErrorKind::internal, av_frame_copy_props(out.get(), &frame), "convert pixels");
  out->width = size.width;
  out->height = size.height;
  if (!fits && frame.sample_aspect_ratio.num > 0) {  // a player shows it as wide as before
    out->sample_aspect_ratio = av_mul_q(
        frame.sample_aspect_ratio,
        av_mul_q({frame.width, size.width}, {size.height, frame.height}));
  }
  out->format = to_;
  pool_.fill(*out);
  relabel_colour(*out, static_cast<AVPixelFormat>(frame.format), to_, home_);
  if (to_range_ != AVCOL_RANGE_UNSPECIFIED && !is_rgb(to_)) {
    out->color_range = to_range_;
  }
  return out;
}

}  // namespace s3reel::media
