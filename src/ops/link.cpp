#include "ops/link.h"

#include <cstdint>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "media/compat.h"
#include "media/graph_input.h"
#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

bool is_at(const AVFrame& frame, const media::Instant& time) {
  return av_compare_ts(frame.pts, frame.time_base, time.value, time.time_base) == 0;
}

}  // namespace

Link::Link(Placed placed, const LinkContext& context)
    : placed_(std::move(placed)),
      contract_(placed_.op->contract()),
      name_(placed_.op->name()),
      context_(context),
      check_(
          contract_,
          context.errors.keeps_frames() ? ContractCheck::Failed::go_around
                                        : ContractCheck::Failed::are_dropped),
      plan_(context.contracts) {}

void Link::push(Item item, const Hand& hand) {
  home_ = item.home;
  media::FramePtr frame = convert(std::move(item.frame));
  const double when = seconds_of(*frame);
  // As the op gets it: frames that go on without it are like those that it hands on.
  media::FramePtr kept =
      context_.errors.keeps_frames() ? media::ref_frame(*frame) : media::FramePtr();
  check_.came(*frame, home_);
  context_.sizes.at(placed_.index).entered(shape_of(*frame));
  behind_ = nullptr;
  broken_ = nullptr;
  try {
    attempt(std::move(frame), hand);
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
    // What it made of a contract that it broke does not count.
    std::rethrow_exception(broken_ ? broken_ : failure);
  } catch (const base::Cancelled&) {
    throw;
  } catch (const BrokenContract& broken) {
    throw op_failure(name_, frame_at(when), broken.what());
  } catch (const media::GraphInputError&) {
    throw;
  } catch (const std::exception& error) {
    context_.errors.met(name_, when, error.what());
    check_.failed();
    // What it handed on before it failed stands for the frame.
    if (kept && !check_.has_answered()) {
      skip(std::move(kept), error.what(), hand);
    }
  }
}

void Link::attempt(media::FramePtr frame, const Hand& hand) {
  if (contract_.in_place && av_frame_make_writable(frame.get()) < 0) {
    throw std::bad_alloc();
  }
  placed_.op->push(wrap(std::move(frame)), [&](Frame one) { take(std::move(one), hand); });
  for (const std::exception_ptr& kept : {behind_, broken_}) {  // by an op of somebody else's
    if (kept) {
      std::rethrow_exception(kept);
    }
  }
  check_.returned();
}

/// A frame that the op hands on goes further at once, so that one who makes many of one does not
/// hold them all.
void Link::take(Frame one, const Hand& hand) {
  media::FramePtr frame = unwrap(std::move(one));
  put_in_base(*frame);
  ContractCheck::Came of;
  try {
    of = check_.left(*frame);
  } catch (...) {
    broken_ = std::current_exception();
    throw;
  }
  if (of.around) {
    return;  // it has gone on without the op
  }
  context_.sizes.at(placed_.index).left(shape_of(*frame));
  try {
    hand_on(std::move(frame), of, hand);
  } catch (...) {
    behind_ = std::current_exception();
    throw;
  }
}

media::FramePtr Link::convert(media::FramePtr frame) {
  const auto current = static_cast<AVPixelFormat>(frame->format);
  const AVPixelFormat wanted = plan_.entry(placed_.index, current, home_);
  if (wanted == current) {
    return frame;
  }
  if (current != converts_from_ || wanted != converts_to_ || home_ != converts_home_) {
    // What comes from the video comes back unharmed; what never had finer chroma is made smooth.
    const bool away = current == home_ && !media::has_finer_chroma(wanted, current);
    converter_ = media::PixelConverter(
        {.to = wanted,
         .chroma = away ? media::PixelConverter::Chroma::smooth
                        : media::PixelConverter::Chroma::reversible,
         .home = home_});
    converts_from_ = current;
    converts_to_ = wanted;
    converts_home_ = home_;
    context_.log.debug(fmt::format(
        "{} becomes {} for op {}",
        av_get_pix_fmt_name(current),
        av_get_pix_fmt_name(wanted),
        name_));
  }
  return converter_.convert(std::move(frame));
}

/// The frame goes on without the op, behind those that the op may still hand on.
void Link::skip(media::FramePtr frame, const std::string& reason, const Hand& hand) {
  context_.sizes.at(placed_.index).went_around(shape_of(*frame), reason);
  put_in_base(*frame);
  skipped_.push_back({std::move(frame), home_});
  hand_around(check_.may_owe() ? kMostWaiting : 0, hand);
}

/// Frames from elsewhere count time in units of their own.
void Link::put_in_base(AVFrame& frame) const {
  const AVRational base = placed_.time_base;
  if (frame.pts == AV_NOPTS_VALUE || av_cmp_q(frame.time_base, base) == 0) {
    return;
  }
  media::compat::set_frame_duration(
      frame, av_rescale_q(media::compat::frame_duration(frame), frame.time_base, base));
  frame.pts = av_rescale_q(frame.pts, frame.time_base, base);
  frame.time_base = base;
}

void Link::hand_on(media::FramePtr frame, const ContractCheck::Came& of, const Hand& hand) {
  const media::Instant time{frame->pts, frame->time_base};
  hand_skipped(time, hand);
  if (!skipped_.empty() && is_at(*skipped_.front().frame, time)) {
    skipped_.pop_front();  // it failed on it, and has it all the same
  }
  const auto format = static_cast<AVPixelFormat>(frame->format);
  hand({std::move(frame), format == pixel_format(of.shape.format) ? of.home : format});
}

/// Does not wait for what the op may still hold.
void Link::hand_around(std::size_t most_left, const Hand& hand) {
  while (skipped_.size() > most_left) {
    Item item = std::move(skipped_.front());
    skipped_.pop_front();
    check_.went_around(*item.frame);
    hand(std::move(item));
  }
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
  broken_ = nullptr;
  try {
    if (placed_.flushes) {
      placed_.op->flush([&](Frame one) { take(std::move(one), hand); });
    }
    if (broken_) {
      std::rethrow_exception(broken_);
    }
    check_.ended();
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
  hand_skipped(std::nullopt, hand);
}

}  // namespace s3reel::ops
