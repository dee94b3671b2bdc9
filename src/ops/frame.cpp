#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "media/converter.h"
#include "media/first_frame.h"
#include "media/frame_pool.h"
#include "ops/frame_access.h"
#include "ops/pixel_layout.h"
#include "s3reel/op.h"

namespace s3reel {
namespace {

AVFrame& native(FrameHandle& handle) {
  return reinterpret_cast<AVFrame&>(handle);
}

const AVFrame& native(const FrameHandle& handle) {
  return reinterpret_cast<const AVFrame&>(handle);
}

std::string text(const char* name) {
  return name == nullptr ? std::string() : std::string(name);
}

int rows_of(const AVFrame& frame, int plane) {
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const bool chroma = (plane == 1 || plane == 2) && (pixel.flags & AV_PIX_FMT_FLAG_RGB) == 0;
  return chroma ? AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h) : frame.height;
}

void check_plane(AVPixelFormat format, int index) {
  if (index < 0 || index >= av_pix_fmt_count_planes(format)) {
    throw std::out_of_range(
        fmt::format("{} has no plane {}", text(av_get_pix_fmt_name(format)), index));
  }
}

template <class Byte, class Handle>
BasicPlane<Byte> plane_of(Handle& frame, int index) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  check_plane(format, index);
  return {
      frame.data[index],
      frame.linesize[index],
      av_image_get_linesize(format, frame.width, index),
      rows_of(frame, index)};
}

}  // namespace

void Frame::Free::operator()(FrameHandle* handle) const noexcept {
  AVFrame* frame = reinterpret_cast<AVFrame*>(handle);
  av_frame_free(&frame);
}

FrameShape Frame::shape() const {
  return ops::shape_of(native(*handle_));
}

int Frame::width() const {
  return native(*handle_).width;
}

int Frame::height() const {
  return native(*handle_).height;
}

std::int64_t Frame::pts() const {
  return native(*handle_).pts;
}

void Frame::set_pts(std::int64_t pts) {
  native(*handle_).pts = pts;
}

void Frame::set_pts(std::int64_t pts, Rational time_base) {
  native(*handle_).pts = pts;
  native(*handle_).time_base = {time_base.num, time_base.den};
}

Rational Frame::time_base() const {
  const AVRational base = native(*handle_).time_base;
  return {base.num, base.den};
}

double Frame::seconds() const {
  return ops::seconds_of(native(*handle_));
}

ColorFacts Frame::color() const {
  const AVFrame& frame = native(*handle_);
  const auto stated = [](bool known, const char* name) {
    return known ? text(name) : std::string();
  };
  return {
      .range = stated(
          frame.color_range != AVCOL_RANGE_UNSPECIFIED, av_color_range_name(frame.color_range)),
      .primaries = stated(
          frame.color_primaries != AVCOL_PRI_UNSPECIFIED,
          av_color_primaries_name(frame.color_primaries)),
      .transfer =
          stated(frame.color_trc != AVCOL_TRC_UNSPECIFIED, av_color_transfer_name(frame.color_trc)),
      .matrix =
          stated(frame.colorspace != AVCOL_SPC_UNSPECIFIED, av_color_space_name(frame.colorspace))};
}

int Frame::plane_count() const {
  return av_pix_fmt_count_planes(static_cast<AVPixelFormat>(native(*handle_).format));
}

Plane Frame::plane(int index) const {
  return plane_of<const std::uint8_t>(native(*handle_), index);
}

WritablePlane Frame::writable_plane(int index) {
  AVFrame& frame = native(*handle_);
  if (av_frame_make_writable(&frame) < 0) {
    throw std::bad_alloc();
  }
  return plane_of<std::uint8_t>(frame, index);
}

std::optional<SampleLayout> Frame::samples(int plane) const {
  const auto format = static_cast<AVPixelFormat>(native(*handle_).format);
  check_plane(format, plane);
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format);
  if (!ops::has_whole_samples(pixel)) {
    return std::nullopt;
  }
  SampleLayout layout;
  for (int i = 0; i < pixel.nb_components; ++i) {
    const AVComponentDescriptor& part = pixel.comp[i];
    if (part.plane == plane) {
      layout.bytes = part.depth + part.shift > 8 ? 2 : 1;
      layout.components = part.step / layout.bytes;
    }
  }
  return layout;
}

Frame Frame::share() const {
  return ops::wrap(media::ref_frame(native(*handle_)));
}

Frame Frame::without_pixels() const {
  return ops::wrap(media::without_pixels(native(*handle_)));
}

namespace {

/// Frame::like() before it has pixels.
media::FramePtr blank_like(const AVFrame& source, const FrameShape& shape) {
  const AVPixelFormat format = ops::pixel_format(shape.format);
  if (format == AV_PIX_FMT_NONE) {
    throw std::invalid_argument(fmt::format("there is no pixel format '{}'", shape.format));
  }
  if (av_image_check_size2(
          static_cast<unsigned>(shape.width),
          static_cast<unsigned>(shape.height),
          INT64_MAX,
          format,
          0,
          nullptr) < 0) {
    throw std::invalid_argument(
        fmt::format("a picture of {}x{} cannot be", shape.width, shape.height));
  }
  media::FramePtr frame = media::make_frame();
  if (av_frame_copy_props(frame.get(), &source) < 0) {
    throw std::bad_alloc();
  }
  frame->width = shape.width;
  frame->height = shape.height;
  frame->format = format;
  media::relabel_colour(*frame, static_cast<AVPixelFormat>(source.format), format);
  return frame;
}

}  // namespace

Frame Frame::like(const FrameShape& shape) const {
  media::FramePtr frame = blank_like(native(*handle_), shape);
  if (av_frame_get_buffer(frame.get(), 0) < 0) {
    throw std::bad_alloc();
  }
  return ops::wrap(std::move(frame));
}

struct FramePool::Body {
  media::FramePool pixels;
};

FramePool::FramePool() : body_(std::make_unique<Body>()) {}

FramePool::~FramePool() = default;

Frame FramePool::like(const Frame& model, const FrameShape& shape) {
  media::FramePtr frame = blank_like(native(model.handle()), shape);
  body_->pixels.fill(*frame);
  return ops::wrap(std::move(frame));
}

namespace ops {

Frame wrap(media::FramePtr frame) {
  return Frame(reinterpret_cast<FrameHandle*>(frame.release()));
}

media::FramePtr unwrap(Frame frame) {
  return media::FramePtr(reinterpret_cast<AVFrame*>(frame.release()));
}

AVFrame& av(Frame& frame) {
  return native(frame.handle());
}

const AVFrame& av(const Frame& frame) {
  return native(frame.handle());
}

// One rounding only, so that 0.925 is 0.925.
double seconds_of(const AVFrame& frame) {
  return static_cast<double>(frame.pts) * frame.time_base.num / frame.time_base.den;
}

FrameShape shape_of(const AVFrame& frame) {
  return {
      text(av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format))),
      frame.width,
      frame.height};
}

VideoFacts facts_of(const media::Picture& picture) {
  const AVFrame& like = *picture.like;
  return {
      .shape = shape_of(like),
      .time_base = {like.time_base.num, like.time_base.den},
      .frame_rate = {picture.frame_rate.num, picture.frame_rate.den},
      .sample_aspect = {like.sample_aspect_ratio.num, like.sample_aspect_ratio.den}};
}

AVPixelFormat pixel_format(const std::string& name) {
  return av_get_pix_fmt(name.c_str());
}

}  // namespace ops
}  // namespace s3reel
