#include "media/frame_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "media/compat.h"

namespace s3reel::media {
namespace {

// A decimal fraction means the tick that it is nearest to: 0.1 s is frame 3 of 30 a second.
constexpr double kTolerance = 1e-6;
// Beyond all films, and far from what a tick can count.
constexpr double kLongest = 1e9;

/// The last tick at or before `seconds`.
std::int64_t tick_at(double seconds, AVRational base) {
  return static_cast<std::int64_t>(
      std::floor((std::min(seconds, kLongest) + kTolerance) * base.den));
}

/// The first tick at or behind `seconds`.
std::int64_t tick_from(double seconds, AVRational base) {
  return static_cast<std::int64_t>(
      std::ceil((std::min(seconds, kLongest) - kTolerance) * base.den));
}

/// `frame` is what the cursor gave for `time`.
bool is_over_by(const FrameCursor& cursor, const AVFrame& frame, std::int64_t time) {
  const std::int64_t duration = std::max<std::int64_t>(compat::frame_duration(frame), 1);
  return cursor.is_at_last() && frame.pts + duration <= time;
}

/// As at() of the cursor, but null behind the end of the film.
FramePtr shown_at(
    FrameCursor& cursor, std::int64_t time, std::optional<std::int64_t> then = std::nullopt) {
  if (cursor.has_ended_by(time)) {
    return {};
  }
  FramePtr frame = cursor.at(time, then);
  return frame && is_over_by(cursor, *frame, time) ? FramePtr() : std::move(frame);
}

Error misuse(std::string subject, std::string reason) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "frames",
      .subject = std::move(subject),
      .reason = std::move(reason)});
}

void walk_all(
    FrameCursor& cursor,
    const FrameSelection& selection,
    const std::function<void(FramePtr)>& emit) {
  const AVRational base = cursor.time_base();
  const std::int64_t first = tick_from(selection.start, base);
  const std::int64_t end = tick_from(selection.end.value_or(kLongest), base);
  cursor.plan({{.from = first, .to = end}});
  cursor.seek(first);
  while (FramePtr frame = cursor.next()) {
    if (frame->pts >= end) {
      return;
    }
    if (frame->pts >= first) {
      emit(std::move(frame));
    }
  }
}

/// The times of a selection with steps.
class Steps {
 public:
  explicit Steps(const FrameSelection& selection) : selection_(selection) {}

  [[nodiscard]] double at(std::int64_t index) const {
    // An endless step has a first one.
    return index == 0 ? selection_.start
                      : selection_.start + static_cast<double>(index) * selection_.step;
  }

  [[nodiscard]] bool has(std::int64_t index) const {
    return at(index) < selection_.end.value_or(kLongest) - kTolerance;
  }

 private:
  const FrameSelection& selection_;
};

/// As many steps as there are samples need all of them.
void plan_steps(FrameCursor& cursor, const FrameSelection& selection, const Steps& steps) {
  const AVRational base = cursor.time_base();
  std::vector<FrameCursor::Span> spans;
  const int samples = cursor.samples().value_or(0);
  for (std::int64_t i = 0; i < samples && steps.has(i); ++i) {
    const std::int64_t time = tick_at(steps.at(i), base);
    spans.push_back({.from = time, .to = time});
    if (cursor.needs_last_sample(time)) {
      break;
    }
  }
  if (static_cast<int>(spans.size()) == samples) {
    spans = {
        {.from = tick_at(selection.start, base),
         .to = tick_at(selection.end.value_or(kLongest), base)}};
  }
  cursor.plan(spans);
}

void walk_steps(
    FrameCursor& cursor,
    const FrameSelection& selection,
    const std::function<void(FramePtr)>& emit) {
  const AVRational base = cursor.time_base();
  const Steps steps(selection);
  plan_steps(cursor, selection, steps);
  for (std::int64_t i = 0; steps.has(i); ++i) {
    const std::int64_t time = tick_at(steps.at(i), base);
    const auto then =
        steps.has(i + 1) ? std::optional(tick_at(steps.at(i + 1), base)) : std::nullopt;
    FramePtr frame = shown_at(cursor, time, then);
    if (!frame) {
      return;
    }
    emit(std::move(frame));
  }
}

}  // namespace

void check_look(const FrameLook& look) {
  const AVPixelFormat format = av_get_pix_fmt(look.format.c_str());
  if (!look.format.empty() && (format == AV_PIX_FMT_NONE || sws_isSupportedOutput(format) == 0)) {
    throw misuse("format " + look.format, "FFmpeg makes no pixel format of this name");
  }
  if (look.width < 0 || look.height < 0 || (look.width == 0) != (look.height == 0)) {
    throw misuse(
        fmt::format("size {}x{}", look.width, look.height),
        "it takes a width and a height above 0");
  }
  constexpr std::int64_t kMostPixels = 16384LL * 16384LL;
  if (std::int64_t{look.width} * look.height > kMostPixels) {
    throw misuse(fmt::format("size {}x{}", look.width, look.height), "that is too large");
  }
}

void check_selection(const FrameSelection& selection) {
  check_look(selection.look);
  const double end = selection.end.value_or(std::numeric_limits<double>::infinity());
  if (!(selection.start >= 0.0) || !(end >= selection.start)) {
    throw misuse(
        fmt::format("start {} and end {}", selection.start, end),
        "times begin at 0 and end behind their start");
  }
  if (!(selection.step >= 0.0)) {
    throw misuse(fmt::format("step {}", selection.step), "time goes forward");
  }
}

LookConverter::LookConverter(const FrameLook& look)
    : size_{look.width, look.height},
      format_(look.format.empty() ? AV_PIX_FMT_NONE : av_get_pix_fmt(look.format.c_str())) {}

FramePtr LookConverter::convert(FramePtr frame) {
  if (format_ == AV_PIX_FMT_NONE && size_.width == 0) {
    return frame;
  }
  const auto own = static_cast<AVPixelFormat>(frame->format);
  const AVPixelFormat to = format_ == AV_PIX_FMT_NONE ? own : format_;
  const bool scales =
      size_.width > 0 && (size_.width != frame->width || size_.height != frame->height);
  const Chroma chroma = scales || !has_finer_chroma(to, own) ? Chroma::smooth : Chroma::reversible;
  if (!converter_ || converter_->format() != to || chroma != chroma_) {
    chroma_ = chroma;
    converter_.emplace(PixelConverter::Settings{.to = to, .size = size_, .chroma = chroma});
  }
  return converter_->convert(std::move(frame));
}

void walk(
    FrameCursor& cursor,
    const FrameSelection& selection,
    const std::function<void(FramePtr)>& emit) {
  if (selection.step > 0.0) {
    walk_steps(cursor, selection, emit);
  } else {
    walk_all(cursor, selection, emit);
  }
}

FramePtr frame_at(FrameCursor& cursor, double seconds, const std::string& subject) {
  if (!(seconds >= 0.0)) {
    throw misuse(fmt::format("{} s", seconds), "times begin at 0");
  }
  const std::int64_t time = tick_at(seconds, cursor.time_base());
  cursor.plan({{.from = time, .to = time}});
  FramePtr frame = shown_at(cursor, time);
  if (!frame) {
    throw misuse(subject, fmt::format("it has ended before {:.3f} s", seconds));
  }
  return frame;
}

}  // namespace s3reel::media
