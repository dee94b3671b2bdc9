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

}  // namespace

Link::Link(std::size_t index, std::shared_ptr<Op> op, const LinkContext& context)
    : index_(index),
      op_(std::move(op)),
      contract_(op_->contract()),
      name_(op_->name()),
      context_(context),
      check_(contract_, context.sizes.at(index)),
      plan_(context.contracts) {}

void Link::push(Item item, const Hand& hand) {
  home_ = item.home;
  const double when = seconds_of(*item.frame);
  media::FramePtr kept =
      context_.errors.keeps_frames() ? media::ref_frame(*item.frame) : media::FramePtr();
  check_.came(item.frame->pts);
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
    throw op_failure(name_, frame_at(when), broken.what());
  } catch (const media::GraphInputError&) {
    throw;
  } catch (const std::exception& error) {
    context_.errors.met(name_, when, error.what());
    check_.failed();
    // What it handed on before it failed stands for the frame.
    if (kept && !check_.has_answered()) {
      check_skip(*kept, error.what());
      skip(std::move(kept), hand);
    }
  }
}

/// Whether the frame can go on without the op.
void Link::check_skip(const AVFrame& frame, const std::string& reason) {
  try {
    check_.skipped(frame);
  } catch (const BrokenContract&) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::op,
        .operation = fmt::format("op {}", name_),
        .subject = frame_at(seconds_of(frame)),
        .reason = fmt::format("{}; the frame cannot go on without it, in another size", reason),
        .hint = "--on-op-error drop-frame leaves such frames out"});
  }
}

void Link::attempt(media::FramePtr frame, const Hand& hand) {
  frame = convert(std::move(frame));
  if (contract_.in_place && av_frame_make_writable(frame.get()) < 0) {
    throw std::bad_alloc();
  }
  check_.entered(*frame);
  entry_format_ = static_cast<AVPixelFormat>(frame->format);
  op_->push(wrap(std::move(frame)), [&](Frame one) { take(std::move(one), hand); });
  if (behind_) {  // an op of somebody else's may have kept it to itself
    std::rethrow_exception(behind_);
  }
  check_.returned();
}

/// A frame that the op hands on goes further at once, so that one who makes many of one does not
/// hold them all.
void Link::take(Frame one, const Hand& hand) {
  media::FramePtr frame = unwrap(std::move(one));
  check_.left(*frame);
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

void Link::skip(media::FramePtr frame, const Hand& hand) {
  skipped_.push_back({std::move(frame), home_});
  if (contract_.temporal == Temporal::stateless) {
    hand_skipped(std::nullopt, hand);
  }
}

void Link::hand_on(media::FramePtr frame, const Hand& hand) {
  hand_skipped(media::Instant{frame->pts, frame->time_base}, hand);
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
  check_.flushing();
  try {
    op_->flush([&](Frame one) { take(std::move(one), hand); });
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
