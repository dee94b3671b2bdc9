#include "ops/link.h"

#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "media/graph_input.h"
#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

double seconds_of(const AVFrame& frame) {
  return static_cast<double>(frame.pts) * av_q2d(frame.time_base);
}

/// An op that does not keep what its contract says. Worded as the end of "the op ...".
class BrokenContract final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace

Link::Link(std::size_t index, std::shared_ptr<Op> op, const LinkContext& context)
    : index_(index),
      op_(std::move(op)),
      contract_(op_->contract()),
      name_(op_->name()),
      context_(context),
      plan_(context.contracts) {}

void Link::push(Item item, const Hand& hand) {
  home_ = item.home;
  const double when = seconds_of(*item.frame);
  media::FramePtr kept =
      context_.errors.keeps_frames() ? media::ref_frame(*item.frame) : media::FramePtr();
  ++in_;
  given_ = 0;
  behind_ = nullptr;
  try {
    attempt(std::move(item.frame), hand);
  } catch (...) {
    settle(std::current_exception(), when, std::move(kept), hand);
  }
}

/// A failure of this link while it had a frame, or of what comes behind it.
void Link::settle(
    const std::exception_ptr& failure, double when, media::FramePtr kept, const Hand& hand) {
  if (behind_) {
    std::rethrow_exception(behind_);
  }
  try {
    std::rethrow_exception(failure);
  } catch (const base::Cancelled&) {
    throw;
  } catch (const BrokenContract& broken) {
    throw op_failure(name_, fmt::format("frame at {:.3f} s", when), broken.what());
  } catch (const media::GraphInputError&) {
    throw;
  } catch (const std::exception& error) {
    context_.errors.met(name_, when, error.what());
    ++failures_;
  }
  // What it handed on before it failed stands for the frame.
  if (kept && given_ == 0) {
    skip(std::move(kept), hand);
  }
}

void Link::attempt(media::FramePtr frame, const Hand& hand) {
  const std::int64_t pts = frame->pts;
  frame = convert(std::move(frame));
  if (contract_.in_place && av_frame_make_writable(frame.get()) < 0) {
    throw std::bad_alloc();
  }
  entered_ = shape_of(*frame);
  entry_format_ = static_cast<AVPixelFormat>(frame->format);
  op_->push(wrap(std::move(frame)), [&](Frame one) { take(std::move(one), pts, hand); });
  if (behind_) {  // an op of somebody else's may have kept it to itself
    std::rethrow_exception(behind_);
  }
  if (keeps_rate() && given_ != 1) {
    throw BrokenContract("it handed on no frame for one, and does not declare changes_rate");
  }
}

bool Link::keeps_rate() const {
  return contract_.temporal == Temporal::stateless && !contract_.changes_rate;
}

/// A frame that the op hands on goes further at once, so that one who makes many of one does not
/// hold them all.
void Link::take(Frame one, std::optional<std::int64_t> pts, const Hand& hand) {
  media::FramePtr frame = unwrap(std::move(one));
  check_shape(*frame);
  check_time(*frame, pts);
  ++given_;
  ++out_;
  try {
    hand_on(std::move(frame), hand);
  } catch (...) {
    behind_ = std::current_exception();
    throw;
  }
}

media::FramePtr Link::convert(media::FramePtr frame) {
  const auto current = static_cast<AVPixelFormat>(frame->format);
  const AVPixelFormat wanted = plan_.entry(index_, current, home_);
  if (wanted == current) {
    return frame;
  }
  if (current != converts_from_ || wanted != converts_to_) {
    // What comes from the video comes back unharmed; what never had finer chroma is made smooth.
    const bool away = current == home_ && !media::has_finer_chroma(wanted, current);
    converter_ = media::PixelConverter(
        {.to = wanted,
         .chroma = away ? media::PixelConverter::Chroma::smooth
                        : media::PixelConverter::Chroma::reversible});
    converts_from_ = current;
    converts_to_ = wanted;
    context_.log.debug(fmt::format(
        "{} becomes {} for op {}",
        av_get_pix_fmt_name(current),
        av_get_pix_fmt_name(wanted),
        name_));
  }
  return converter_.convert(std::move(frame));
}

/// `pts`: of the frame that went in, if it is known.
void Link::check_time(const AVFrame& out, std::optional<std::int64_t> pts) const {
  if (out.pts == AV_NOPTS_VALUE) {
    throw BrokenContract("it handed on a frame without a time");
  }
  if (pts && keeps_rate()) {
    if (given_ > 0) {
      throw BrokenContract(
          "it handed on several frames for one, and does not declare changes_rate");
    }
    if (out.pts != *pts) {
      throw BrokenContract("it changed the frame's time, and does not declare changes_rate");
    }
  }
  if (last_ && av_compare_ts(out.pts, out.time_base, last_->value, last_->time_base) <= 0) {
    throw BrokenContract(fmt::format(
        "it handed on a frame at {:.6f} s behind one at {:.6f} s",
        seconds_of(out),
        static_cast<double>(last_->value) * av_q2d(last_->time_base)));
  }
}

void Link::check_shape(const AVFrame& out) const {
  const FrameShape shape = shape_of(out);
  if (!contract_.changes_size &&
      (shape.width != entered_.width || shape.height != entered_.height)) {
    throw BrokenContract(fmt::format(
        "{}x{} became {}x{}, and it does not declare changes_size",
        entered_.width,
        entered_.height,
        shape.width,
        shape.height));
  }
  if (!contract_.changes_format && shape.format != entered_.format) {
    throw BrokenContract(fmt::format(
        "{} became {}, and it does not declare changes_format", entered_.format, shape.format));
  }
}

void Link::skip(media::FramePtr frame, const Hand& hand) {
  skipped_.push_back({std::move(frame), home_});
  if (contract_.temporal == Temporal::stateless) {
    hand_skipped(std::nullopt, hand);
  }
}

void Link::hand_on(media::FramePtr frame, const Hand& hand) {
  last_ = {frame->pts, frame->time_base};
  hand_skipped(last_, hand);
  const auto format = static_cast<AVPixelFormat>(frame->format);
  hand({std::move(frame), format == entry_format_ ? home_ : format});
}

/// Those of a time before `before`, or all.
void Link::hand_skipped(std::optional<media::Instant> before, const Hand& hand) {
  while (!skipped_.empty()) {
    AVFrame& frame = *skipped_.front().frame;
    if (before &&
        av_compare_ts(frame.pts, frame.time_base, before->value, before->time_base) >= 0) {
      return;
    }
    Item item = std::move(skipped_.front());
    skipped_.pop_front();
    hand(std::move(item));
  }
}

void Link::flush(const Hand& hand) {
  behind_ = nullptr;
  try {
    op_->flush([&](Frame one) { take(std::move(one), std::nullopt, hand); });
  } catch (const base::Cancelled&) {
    throw;
  } catch (const media::GraphInputError&) {
    throw;
  } catch (const std::exception& error) {
    if (!behind_) {
      throw op_failure(name_, "end of the video", error.what());
    }
  }
  if (behind_) {
    std::rethrow_exception(behind_);
  }
  check_count();
  hand_skipped(std::nullopt, hand);
}

/// An op that needs other frames may hand on later what it owes for one, but not more or less. For
/// one on which it failed it may have handed on something or nothing.
void Link::check_count() const {
  const bool all = out_ <= in_ && in_ - out_ <= failures_;
  if (!contract_.changes_rate && !all) {
    throw op_failure(
        name_,
        "end of the video",
        fmt::format("it handed on {} frames for {}, and does not declare changes_rate", out_, in_));
  }
}

}  // namespace s3reel::ops
