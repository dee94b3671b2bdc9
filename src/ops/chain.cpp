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
    links_[i].op->flush([&](media::FramePtr frame) { push_from(i + 1, std::move(frame), emit); });
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
  // What fails behind this op is not this op's failure.
  std::vector<media::FramePtr> out;
  const std::string when = time_of(*frame);
  try {
    link.op->push(std::move(frame), [&](media::FramePtr one) { out.push_back(std::move(one)); });
  } catch (const base::Cancelled&) {
    throw;
  } catch (const Error& error) {
    throw op_failure(*link.op, when, error.what());
  } catch (const std::exception& error) {
    throw op_failure(*link.op, when, error.what());
  }
  for (media::FramePtr& one : out) {
    push_from(index + 1, std::move(one), emit);
  }
}

}  // namespace s3reel::ops
