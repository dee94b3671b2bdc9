#include "media/converter.h"

#include "media/av_error.h"

namespace s3reel::media {
namespace {

bool is_rgb(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

bool is_j(AVPixelFormat format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
         format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
}

bool full_range(AVPixelFormat format, AVColorRange range) {
  return range == AVCOL_RANGE_JPEG || is_j(format) ||
         (range == AVCOL_RANGE_UNSPECIFIED && is_rgb(format));
}

// BT.709 where the source does not say.
int sws_matrix(AVColorSpace matrix) {
  const bool known = matrix != AVCOL_SPC_UNSPECIFIED && matrix != AVCOL_SPC_RGB;
  return known ? static_cast<int>(matrix) : SWS_CS_ITU709;
}

}  // namespace

void relabel_colour(AVFrame& frame, AVPixelFormat from, AVPixelFormat to) {
  if (is_rgb(from) && !is_rgb(to)) {
    if (frame.color_range != AVCOL_RANGE_JPEG) {
      frame.color_range = AVCOL_RANGE_MPEG;
    }
    if (frame.colorspace == AVCOL_SPC_RGB || frame.colorspace == AVCOL_SPC_UNSPECIFIED) {
      frame.colorspace = AVCOL_SPC_BT709;
    }
  } else if (is_j(from) && !is_j(to)) {
    frame.color_range = AVCOL_RANGE_JPEG;
  }
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
  scaler_.reset(sws_getContext(
      width_,
      height_,
      from,
      width_,
      height_,
      to_,
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP,
      nullptr,
      nullptr,
      nullptr));
  if (!scaler_) {
    throw Error(ErrorInfo{
        .operation = "convert pixels",
        .subject = std::string(av_get_pix_fmt_name(from)) + " to " + av_get_pix_fmt_name(to_),
        .reason = "swscale does not know this conversion"});
  }
  const int* coefficients = sws_getCoefficients(sws_matrix(matrix_));
  const int from_full = full_range(from, range_) ? 1 : 0;
  // RGB is full range; the picture keeps its range between two YUV formats.
  const int to_full =
      is_rgb(to_) ? 1 : (is_rgb(from) ? (range_ == AVCOL_RANGE_JPEG ? 1 : 0) : from_full);
  sws_setColorspaceDetails(
      scaler_.get(), coefficients, from_full, coefficients, to_full, 0, 1 << 16, 1 << 16);
}

FramePtr PixelConverter::convert(FramePtr frame) {
  if (frame->format == to_) {
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
  return out;
}

}  // namespace s3reel::media
