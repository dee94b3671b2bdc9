#include "ops/contract_check.h"

#include <algorithm>

#include <fmt/format.h>

namespace s3reel::ops {
namespace {

// So many frames on which an op failed are known by their time, in case that it hands them on yet.
constexpr std::size_t kMostFailed = 64;

double seconds(const media::Instant& time) {
  return static_cast<double>(time.value) * time.time_base.num / time.time_base.den;
}

int compare(const media::Instant& one, const media::Instant& other) {
  return av_compare_ts(one.value, one.time_base, other.value, other.time_base);
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
  if (!several_ && fault_.empty() && out_ && !same_size(*out_, shape)) {
    fault_ = fmt::format(
        "of frames of one size it made some of {}x{} and some of {}x{}",
        out_->width,
        out_->height,
        shape.width,
        shape.height);
  }
  out_ = shape;
  compare();
}

void OneSize::went_around(const FrameShape& shape, const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  around_ = shape;
  reason_ = reason;
  compare();
}

void OneSize::compare() {
  if (several_ || !fault_.empty() || !out_ || !around_ || same_size(*out_, *around_)) {
    return;
  }
  fault_ = fmt::format(
      "{}; frames on which it fails cannot go on without it: they are {}x{}, and it makes {}x{}",
      reason_,
      around_->width,
      around_->height,
      out_->width,
      out_->height);
}

std::string OneSize::fault() const {
  const std::scoped_lock lock(mutex_);
  return fault_;
}

bool OneSize::is_one() const {
  const std::scoped_lock lock(mutex_);
  return !several_;
}

void ContractCheck::came(const AVFrame& frame, AVPixelFormat home) {
  now_ = {.time = {frame.pts, frame.time_base}, .shape = shape_of(frame), .home = home};
  if (in_++ == 0) {
    // Pictures before the film's start may move by a little: rates have a grid of their own.
    constexpr double kLittle = 10.0;
    const double first = seconds(now_.time);
    earliest_ = first < 0.0 ? first - kLittle : 0.0;
  }
  answered_ = false;
  if (!contract_.changes_rate) {
    owed_.push_back(now_);
  }
}

ContractCheck::Came ContractCheck::left(const AVFrame& out) {
  if (out.pts == AV_NOPTS_VALUE) {
    throw BrokenContract("it handed on a frame without a time");
  }
  const media::Instant time{out.pts, out.time_base};
  Came of = contract_.changes_rate ? now_ : settle(out);
  if (contract_.changes_rate) {
    of.around = last_went_around_ && compare(time, *last_) == 0;
  }
  check_shape(shape_of(out), of.shape);
  if (of.around) {
    return of;
  }
  check_order(out);
  ++out_;
  answered_ = answered_ || compare(time, now_.time) >= 0;
  last_ = time;
  last_went_around_ = false;
  return of;
}

/// For which frame `out` is handed on: the next one that came, but for those on which it failed.
ContractCheck::Came ContractCheck::settle(const AVFrame& out) {
  const auto is_of = [&](const Came& one) {
    return compare({out.pts, out.time_base}, one.time) == 0;
  };
  if (owed_.empty()) {
    throw BrokenContract("it handed on several frames for one, and does not declare changes_rate");
  }
  const auto found = std::find_if(owed_.begin(), owed_.end(), is_of);
  if (found == owed_.end()) {
    throw BrokenContract("it changed the frame's time, and does not declare changes_rate");
  }
  const auto missing =
      std::find_if(owed_.begin(), found, [](const Came& one) { return !one.failed; });
  const auto skipped = static_cast<std::uint64_t>(found - owed_.begin());
  const bool borne = policy_ == Failed::go_around ? missing == found : skipped <= excuses_;
  if (!borne) {
    throw BrokenContract(fmt::format(
        "it handed on no frame for the one at {:.6f} s, and does not declare changes_rate",
        seconds(missing == found ? owed_.front().time : missing->time)));
  }
  excuses_ -= std::min(excuses_, skipped);
  Came of = *found;
  owed_.erase(owed_.begin(), found + 1);
  return of;
}

void ContractCheck::returned() const {
  if (contract_.temporal == Temporal::stateless && owes()) {
    throw BrokenContract("it handed on no frame for one, and does not declare changes_rate");
  }
}

void ContractCheck::failed() {
  if (contract_.changes_rate || has_answered()) {
    return;
  }
  owed_.back().failed = true;
  ++excuses_;
  forget_failures();
}

void ContractCheck::forget_failures() {
  while (owed_.size() > kMostFailed && owed_.front().failed) {
    owed_.pop_front();
    excuses_ -= std::min<std::uint64_t>(excuses_, 1);
  }
}

void ContractCheck::went_around(const AVFrame& frame) {
  last_ = media::Instant{frame.pts, frame.time_base};
  last_went_around_ = true;
  const auto found = std::find_if(owed_.rbegin(), owed_.rend(), [&](const Came& one) {
    return compare(*last_, one.time) == 0;
  });
  if (found != owed_.rend()) {
    found->around = true;
  }
}

bool ContractCheck::has_answered() const {
  return contract_.changes_rate ? answered_
                                : owed_.empty() || compare(owed_.back().time, now_.time) != 0;
}

/// Unless it changes the rate: whether a frame is missing on which it did not fail.
bool ContractCheck::owes() const {
  if (policy_ == Failed::are_dropped) {
    return owed_.size() > excuses_;
  }
  return std::any_of(owed_.begin(), owed_.end(), [](const Came& one) { return !one.failed; });
}

bool ContractCheck::may_owe() const {
  return contract_.temporal != Temporal::stateless && (contract_.changes_rate || owes());
}

void ContractCheck::ended() const {
  if (owes()) {
    throw BrokenContract(
        fmt::format("it handed on {} frames for {}, and does not declare changes_rate", out_, in_));
  }
}

void ContractCheck::check_shape(const FrameShape& out, const FrameShape& in) const {
  if (!contract_.changes_size && !same_size(out, in)) {
    throw BrokenContract(fmt::format(
        "{}x{} became {}x{}, and it does not declare changes_size",
        in.width,
        in.height,
        out.width,
        out.height));
  }
  if (!contract_.changes_format && out.format != in.format) {
    throw BrokenContract(
        fmt::format("{} became {}, and it does not declare changes_format", in.format, out.format));
  }
}

void ContractCheck::check_order(const AVFrame& out) const {
  constexpr double kLatest = 1e9;  // thirty years, and far from what containers can count
  const media::Instant time{out.pts, out.time_base};
  if (const double when = seconds(time); when < earliest_ || when > kLatest) {
    throw BrokenContract(fmt::format("it handed on a frame at {:.6f} s, which cannot be", when));
  }
  if (last_ && compare(time, *last_) <= 0) {
    throw BrokenContract(fmt::format(
        "it handed on a frame at {:.6f} s behind one at {:.6f} s{}",
        seconds(time),
        seconds(*last_),
        last_went_around_ ? ", on which it failed and which did not wait any longer; "
                            "--on-op-error drop-frame leaves such frames out"
                          : ""));
  }
}

}  // namespace s3reel::ops
