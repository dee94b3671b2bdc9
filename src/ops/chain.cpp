#include "ops/chain.h"

#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

std::string time_of(const AVFrame& frame) {
  return fmt::format("frame at {:.3f} s", static_cast<double>(frame.pts) * av_q2d(frame.time_base));
}

Error op_failure(const Op& op, std::string subject, const std::string& reason) {
  return Error(ErrorInfo{
      .kind = ErrorKind::op,
      .operation = fmt::format("op {}", op.name()),
      .subject = std::move(subject),
      .reason = reason});
}

// What the op hands on, collected first: what fails behind it is not its failure.
template <class Step>
std::vector<media::FramePtr> collect(const Op& op, const std::string& when, Step&& step) {
  std::vector<media::FramePtr> out;
  try {
    step([&out](media::FramePtr one) { out.push_back(std::move(one)); });
  } catch (const base::Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    throw op_failure(op, when, error.what());
  }
  return out;
}

}  // namespace

Chain::Chain(std::vector<OpPtr> ops) {
  for (OpPtr& op : ops) {
    links_.push_back(Link{.op = std::move(op)});
  }
}

void Chain::push(media::FramePtr frame, const Emit& emit) {
  push_from(0, std::move(frame), emit);
}

void Chain::flush(const Emit& emit) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Op& op = *links_[i].op;
    for (media::FramePtr& one :
         collect(op, "end of the video", [&op](const Emit& take) { op.flush(take); })) {
      push_from(i + 1, std::move(one), emit);
    }
  }
}

AVPixelFormat Chain::output_format(AVPixelFormat offered) const {
  for (const Link& link : links_) {
    offered = link.op->accept(offered);
  }
  return offered;
}

void Chain::push_from(std::size_t index, media::FramePtr frame, const Emit& emit) {
  if (index == links_.size()) {
    emit(std::move(frame));
    return;
  }
  Link& link = links_[index];
  const AVPixelFormat wanted = link.op->accept(static_cast<AVPixelFormat>(frame->format));
  if (wanted != link.wanted) {
    link.converter = media::PixelConverter(wanted);
    link.wanted = wanted;
  }
  frame = link.converter.convert(std::move(frame));
  const std::string when = time_of(*frame);
  for (media::FramePtr& one :
       collect(*link.op, when, [&](const Emit& take) { link.op->push(std::move(frame), take); })) {
    push_from(index + 1, std::move(one), emit);
  }
}

}  // namespace s3reel::ops
