#include "ops/contract_check.h"

#include <algorithm>

#include <fmt/format.h>

namespace s3reel::ops {
namespace {

double seconds(std::int64_t pts, AVRational time_base) {
  return static_cast<double>(pts) * time_base.num / time_base.den;
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

void OneSize::left(const FrameShape& shape, Way way) {
  const std::scoped_lock lock(mutex_);
  if (several_ || !out_ || same_size(out_->shape, shape)) {
    out_ = {shape, way};
    return;
  }
  const FrameShape& before = out_->shape;
  if (out_->way != way) {
    const FrameShape& around = way == Way::around ? shape : before;
    const FrameShape& through = way == Way::around ? before : shape;
    throw BrokenContract(fmt::format(
        "frames on which it fails cannot go on without it: they are {}x{}, and it makes {}x{}",
        around.width,
        around.height,
        through.width,
        through.height));
  }
  throw BrokenContract(fmt::format(
      "of frames of one size it made some of {}x{} and some of {}x{}",
      before.width,
      before.height,
      shape.width,
      shape.height));
}

void ContractCheck::came(const AVFrame& frame) {
  if (in_++ == 0) {
    earliest_ = std::min(0.0, seconds(frame.pts, frame.time_base));
  }
  given_ = 0;
  if (!contract_.changes_rate) {
    owed_.push_back({frame.pts, frame.time_base});
  }
}

void ContractCheck::entered(const AVFrame& frame) {
  shape_ = shape_of(frame);
  sizes_.entered(shape_);
}

void ContractCheck::left(const AVFrame& out) {
  if (out.pts == AV_NOPTS_VALUE) {
    throw BrokenContract("it handed on a frame without a time");
  }
  const FrameShape shape = shape_of(out);
  check_shape(shape);
  if (!contract_.changes_rate) {
    settle(out);
  }
  check_order(out);
  sizes_.left(shape, OneSize::Way::through);
  ++given_;
  ++out_;
  last_ = {out.pts, out.time_base};
}

/// For which frame `out` is handed on: the next one that came, but for those on which it failed.
void ContractCheck::settle(const AVFrame& out) {
  const auto is_of = [&](const media::Instant& one) {
    return av_compare_ts(out.pts, out.time_base, one.value, one.time_base) == 0;
  };
  const auto found = std::find_if(owed_.begin(), owed_.end(), is_of);
  if (owed_.empty()) {
    throw BrokenContract("it handed on several frames for one, and does not declare changes_rate");
  }
  if (found == owed_.end()) {
    throw BrokenContract("it changed the frame's time, and does not declare changes_rate");
  }
  excused_ += static_cast<std::uint64_t>(found - owed_.begin());
  if (excused_ > failures_) {
    throw BrokenContract(fmt::format(
        "it handed on no frame for the one at {:.6f} s, and does not declare changes_rate",
        seconds(owed_.front().value, owed_.front().time_base)));
  }
  owed_.erase(owed_.begin(), found + 1);
}

void ContractCheck::returned() const {
  if (contract_.temporal == Temporal::stateless && !owed_.empty()) {
    throw BrokenContract("it handed on no frame for one, and does not declare changes_rate");
  }
}

bool ContractCheck::may_owe() const {
  return contract_.temporal != Temporal::stateless &&
         (contract_.changes_rate || owed_.size() > failures_ - excused_);
}

void ContractCheck::ended() const {
  if (owed_.size() > failures_ - excused_) {
    throw BrokenContract(
        fmt::format("it handed on {} frames for {}, and does not declare changes_rate", out_, in_));
  }
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

void ContractCheck::check_order(const AVFrame& out) const {
  constexpr double kLatest = 1e9;  // thirty years, and far from what containers can count
  if (const double when = seconds(out.pts, out.time_base); when < earliest_ || when > kLatest) {
    throw BrokenContract(fmt::format("it handed on a frame at {:.6f} s, which cannot be", when));
  }
  if (last_ && av_compare_ts(out.pts, out.time_base, last_->value, last_->time_base) <= 0) {
    throw BrokenContract(fmt::format(
        "it handed on a frame at {:.6f} s behind one at {:.6f} s",
        seconds(out.pts, out.time_base),
        seconds(last_->value, last_->time_base)));
  }
}

}  // namespace s3reel::ops
