#include "media/feed_frame.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "media/compat.h"
#include "media/first_frame.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

AVPixelFormat format_of(const Picture& picture) {
  return picture.home == AV_PIX_FMT_NONE ? AV_PIX_FMT_YUV420P : picture.home;
}

std::int64_t duration_of(const Picture& picture) {
  if (picture.frame_rate.num <= 0) {
    return 1;
  }
  return std::max<std::int64_t>(
      1, av_rescale_q(1, av_inv_q(picture.frame_rate), picture.like->time_base));
}

Error misplaced(std::string reason) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "write",
      .subject = "a frame",
      .reason = std::move(reason)});
}

}  // namespace

FrameFeeder::FrameFeeder(const Picture& picture)
    : like_(without_pixels(*picture.like)),
      duration_(duration_of(picture)),
      converter_({.to = format_of(picture), .chroma = PixelConverter::Chroma::reversible}) {}

FramePtr FrameFeeder::prepare(FramePtr frame) {
  set_time(*frame);
  set_colours(*frame);
  frame->sample_aspect_ratio = like_->sample_aspect_ratio;
  return converter_.convert(std::move(frame));
}

void FrameFeeder::set_colours(AVFrame& frame) const {
  const bool rgb = is_rgb(static_cast<AVPixelFormat>(frame.format));
  const auto differs = [](int one, int other, int unknown) {
    return one != other && one != unknown && other != unknown;
  };
  if (!rgb && (differs(frame.colorspace, like_->colorspace, AVCOL_SPC_UNSPECIFIED) ||
               differs(frame.color_range, like_->color_range, AVCOL_RANGE_UNSPECIFIED))) {
    throw misplaced(
        "its matrix or range is not that of the video; write it as RGB, which has neither");
  }
  frame.color_range = like_->color_range;
  frame.colorspace = like_->colorspace;
  frame.color_primaries = like_->color_primaries;
  frame.color_trc = like_->color_trc;
  frame.chroma_location = like_->chroma_location;
}

void FrameFeeder::set_time(AVFrame& frame) {
  if (frame.pts == AV_NOPTS_VALUE || frame.time_base.num <= 0 || frame.time_base.den <= 0) {
    throw misplaced("it has no time");
  }
  constexpr double kLatest = 1e9;  // seconds: far from what containers can count
  if (static_cast<double>(frame.pts) * av_q2d(frame.time_base) > kLatest) {
    throw misplaced("its time is beyond all films");
  }
  const AVRational base = like_->time_base;
  frame.pts = av_rescale_q(frame.pts, frame.time_base, base);
  frame.time_base = base;
  if (frame.pts < 0 || (last_ && frame.pts <= *last_)) {
    throw misplaced(fmt::format(
        "its time, {:.6f} s, does not come after {}",
        static_cast<double>(frame.pts) * av_q2d(base),
        last_ ? fmt::format("{:.6f} s", static_cast<double>(*last_) * av_q2d(base)) : "0"));
  }
  last_ = frame.pts;
  compat::set_frame_duration(frame, duration_);
}

}  // namespace s3reel::media
