#include "ops/contract_check.h"

#include <fmt/format.h>

#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

double seconds(std::int64_t pts, AVRational time_base) {
  return static_cast<double>(pts) * av_q2d(time_base);
}

bool same_size(const FrameShape& one, const FrameShape& other) {
  return one.width == other.width && one.height == other.height;
}

}  // namespace

void OneSize::entered(const FrameShape& shape) {
  const std::scoped_lock lock(mutex_);
  several_ = several_ || (in_ && !same_size(*in_, shape));
  in_ = shape;
}

void OneSize::left(const FrameShape& shape) {
  const std::scoped_lock lock(mutex_);
  if (!several_ && out_ && !same_size(*out_, shape)) {
    throw BrokenContract(fmt::format(
        "of frames of one size it made some of {}x{} and some of {}x{}",
        out_->width,
        out_->height,
        shape.width,
        shape.height));
  }
  out_ = shape;
}

void ContractCheck::came(std::int64_t pts) {
  ++in_;
  given_ = 0;
  pts_ = pts;
}

void ContractCheck::entered(const AVFrame& frame) {
  shape_ = shape_of(frame);
  sizes_.entered(shape_);
}

void ContractCheck::left(const AVFrame& out) {
  const FrameShape shape = shape_of(out);
  check_shape(shape);
  check_time(out);
  sizes_.left(shape);
  ++given_;
  ++out_;
  last_ = {out.pts, out.time_base};
}

void ContractCheck::returned() const {
  if (keeps_rate() && given_ != 1) {
    throw BrokenContract("it handed on no frame for one, and does not declare changes_rate");
  }
}

void ContractCheck::skipped(const AVFrame& frame) {
  sizes_.left(shape_of(frame));
}

// An op that needs other frames may hand on later what it owes for one, but not more or less. For
// one on which it failed it may have handed on something or nothing.
void ContractCheck::ended() const {
  const bool all = out_ <= in_ && in_ - out_ <= failures_;
  if (!contract_.changes_rate && !all) {
    throw BrokenContract(
        fmt::format("it handed on {} frames for {}, and does not declare changes_rate", out_, in_));
  }
}

bool ContractCheck::keeps_rate() const {
  return contract_.temporal == Temporal::stateless && !contract_.changes_rate;
}

void ContractCheck::check_shape(const FrameShape& out) const {
  if (!contract_.changes_size && !same_size(out, shape_)) {
    throw BrokenContract(fmt::format(
        "{}x{} became {}x{}, and it does not declare changes_size",
        shape_.width,
        shape_.height,
        out.width,
        out.height));
  }
  if (!contract_.changes_format && out.format != shape_.format) {
    throw BrokenContract(fmt::format(
        "{} became {}, and it does not declare changes_format", shape_.format, out.format));
  }
}

void ContractCheck::check_time(const AVFrame& out) const {
  if (out.pts == AV_NOPTS_VALUE) {
    throw BrokenContract("it handed on a frame without a time");
  }
  if (pts_ && keeps_rate()) {
    if (given_ > 0) {
      throw BrokenContract(
          "it handed on several frames for one, and does not declare changes_rate");
    }
    if (out.pts != *pts_) {
      throw BrokenContract("it changed the frame's time, and does not declare changes_rate");
    }
  }
  if (last_ && av_compare_ts(out.pts, out.time_base, last_->value, last_->time_base) <= 0) {
    throw BrokenContract(fmt::format(
        "it handed on a frame at {:.6f} s behind one at {:.6f} s",
        seconds(out.pts, out.time_base),
        seconds(last_->value, last_->time_base)));
  }
}

}  // namespace s3reel::ops
