#include "media/converter.h"

#include <new>
#include <string>

#include "media/av_error.h"

namespace s3reel::media {
namespace {

bool is_rgb(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

// BT.709 where the source does not say.
int sws_matrix(AVColorSpace matrix) {
  const bool known = matrix != AVCOL_SPC_UNSPECIFIED && matrix != AVCOL_SPC_RGB;
  return known ? static_cast<int>(matrix) : SWS_CS_ITU709;
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

bool is_full_range(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  return frame.color_range == AVCOL_RANGE_JPEG || without_j(format) != format ||
         (frame.color_range == AVCOL_RANGE_UNSPECIFIED && is_rgb(format));
}

void relabel_colour(AVFrame& frame, AVPixelFormat from, AVPixelFormat to) {
  if (is_rgb(from) && !is_rgb(to)) {
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
  set("dstw", width_);
  set("dsth", height_);
  // The ranges stand beside the formats, and before it is opened: afterwards swscale may have
  // chosen a way that ignores them.
  set("src_format", without_j(from));
  set("dst_format", without_j(to_));
  set("src_range", from_full);
  set("dst_range", to_full);
  set("sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP);
  if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0) {
    throw Error(ErrorInfo{
        .operation = "convert pixels",
        .subject = std::string(av_get_pix_fmt_name(from)) + " to " + av_get_pix_fmt_name(to_),
        .reason = "swscale does not know this conversion"});
  }
  const int* coefficients = sws_getCoefficients(sws_matrix(matrix_));
  sws_setColorspaceDetails(
      scaler_.get(), coefficients, from_full, coefficients, to_full, 0, 1 << 16, 1 << 16);
}

FramePtr PixelConverter::convert(FramePtr frame) {
  if (frame->format == to_ && !changes_range(*frame)) {
    return frame;
  }
  prepare(*frame);
  FramePtr out = make_frame();
  check(ErrorKind::internal, av_frame_copy_props(out.get(), frame.get()), "convert pixels");
  out->width = frame->width;
  out->height = frame->height;
  out->format = to_;
  check(ErrorKind::internal, av_frame_get_buffer(out.get(), 0), "convert pixels");
  check(
      ErrorKind::internal,
      sws_scale(
          scaler_.get(), frame->data, frame->linesize, 0, frame->height, out->data, out->linesize),
      "convert pixels");
  relabel_colour(*out, static_cast<AVPixelFormat>(frame->format), to_);
  if (to_range_ != AVCOL_RANGE_UNSPECIFIED && !is_rgb(to_)) {
    out->color_range = to_range_;
  }
  return out;
}

}  // namespace s3reel::media
