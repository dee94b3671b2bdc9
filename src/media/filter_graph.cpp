#include "media/filter_graph.h"

#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "media/compat.h"
#include "media/converter.h"
#include "media/first_frame.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

/// For the time of a frame that does not come.
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// A time base of whole fractions of a second in which the times of both can be told, and `inner`
/// alone where there is none of a sensible size.
AVRational common_time_base(AVRational outer, AVRational inner) {
  constexpr std::int64_t kFinest = 10'000'000;
  const std::int64_t both = std::lcm<std::int64_t>(outer.den, inner.den);
  return {1, both <= kFinest ? static_cast<int>(both) : inner.den};
}

}  // namespace

FilterGraph::FilterGraph(FilterRecipe recipe, int threads, base::Log log, GraphInputs inputs)
    : recipe_(std::move(recipe)),
      threads_(threads),
      log_(std::move(log)),
      inputs_(std::move(inputs)) {}

void FilterGraph::say_conversions() const {
  for (const AVFilterContext* filter : conversions(*built_.graph)) {
    log_.debug(fmt::format(
        "filter graph {}: {} becomes {} between filters",
        shown(recipe_),
        av_get_pix_fmt_name(static_cast<AVPixelFormat>(filter->inputs[0]->format)),
        av_get_pix_fmt_name(static_cast<AVPixelFormat>(filter->outputs[0]->format))));
  }
}

FilterGraph::Outlook FilterGraph::outlook(const AVFrame& like, AVRational frame_rate) const {
  const BuiltGraph built = build_graph(recipe_, threads_, like, frame_rate, inputs_);
  FramePtr frame = without_pixels(like);
  frame->format = av_buffersink_get_format(built.sink);
  frame->width = av_buffersink_get_w(built.sink);
  frame->height = av_buffersink_get_h(built.sink);
  frame->sample_aspect_ratio = av_buffersink_get_sample_aspect_ratio(built.sink);
  frame->time_base = common_time_base(like.time_base, av_buffersink_get_time_base(built.sink));
  return {
      std::move(frame),
      av_buffersink_get_frame_rate(built.sink),
      static_cast<int>(conversions(*built.graph).size())};
}

bool FilterGraph::fits(const AVFrame& frame) const {
  return frame.format == like_->format && frame.width == like_->width &&
         frame.height == like_->height && frame.colorspace == like_->colorspace &&
         frame.color_range == like_->color_range &&
         av_cmp_q(frame.time_base, like_->time_base) == 0 &&
         av_cmp_q(frame.sample_aspect_ratio, like_->sample_aspect_ratio) == 0;
}

void FilterGraph::rebuild(const AVFrame& like) {
  built_ = build_graph(recipe_, threads_, like, frame_rate_, inputs_);
  like_ = without_pixels(like);
  say_conversions();
  for (const auto& [label, frames] : shown_) {  // in a graph before this one
    AVFilterContext* source = built_.sources.at(label);
    for (const FramePtr& frame : frames) {
      const FramePtr again = ref_frame(*frame);
      explained(recipe_, [&] { return av_buffersrc_add_frame_flags(source, again.get(), 0); });
    }
  }
}

void FilterGraph::push(FramePtr frame, const Emit& emit) {
  if (built_.graph && !fits(*frame)) {
    give_way(*frame, emit);
  }
  if (!built_.graph) {
    rebuild(*frame);
  }
  now_ = frame->pts;
  end_ = frame->pts + compat::frame_duration(*frame);
  explained(recipe_, [&] { return av_buffersrc_add_frame_flags(built_.source, frame.get(), 0); });
  drain(kNever, emit);
}

void FilterGraph::flush(const Emit& emit) {
  if (built_.graph) {
    finish(end_, kNever, emit);  // the last frame is shown until its end
  }
}

/// What this graph holds comes out before a graph for `next` takes its place. Other inputs go on
/// there: from its end to theirs they would make frames that the video does not have.
void FilterGraph::give_way(const AVFrame& next, const Emit& emit) {
  const std::int64_t begin = av_rescale_q(next.pts, next.time_base, like_->time_base);
  const bool keeps_rate = av_cmp_q(av_buffersink_get_frame_rate(built_.sink), frame_rate_) == 0;
  finish(begin, inputs_.empty() ? kNever : keeps_rate ? now_ + 1 : begin, emit);
}

/// The video ends at `end`; frames at `limit` or later are not of this graph.
void FilterGraph::finish(std::int64_t end, std::int64_t limit, const Emit& emit) {
  explained(recipe_, [&] { return av_buffersrc_close(built_.source, end, 0); });
  drain(limit, emit);
  built_ = {};
}

void FilterGraph::drain(std::int64_t limit, const Emit& emit) {
  while (true) {
    FramePtr frame = make_frame();
    const int code = av_buffersink_get_frame(built_.sink, frame.get());
    if (code == AVERROR(EAGAIN) && feed_inputs(limit)) {
      continue;
    }
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return;
    }
    explained(recipe_, [&] { return code; });
    if (is_at(frame->pts, av_buffersink_get_time_base(built_.sink), limit)) {
      return;
    }
    hand_out(std::move(frame), emit);
  }
}

/// Whether a time is the limit or later.
bool FilterGraph::is_at(std::int64_t pts, AVRational base, std::int64_t limit) const {
  return limit != kNever && av_compare_ts(pts, base, limit, like_->time_base) >= 0;
}

void FilterGraph::hand_out(FramePtr frame, const Emit& emit) const {
  const AVRational inner = av_buffersink_get_time_base(built_.sink);
  const AVRational outer = common_time_base(like_->time_base, inner);
  if (frame->pts != AV_NOPTS_VALUE) {
    frame->pts = av_rescale_q(frame->pts, inner, outer);
  }
  compat::set_frame_duration(
      *frame,
      av_rescale_q(
          compat::filtered_duration(
              *frame, like_->time_base, inner, av_buffersink_get_frame_rate(built_.sink)),
          inner,
          outer));
  frame->time_base = outer;
  if (is_rgb(static_cast<AVPixelFormat>(frame->format))) {
    // libavfilter calls it full range, and forgets what it came from.
    frame->color_range = like_->color_range;
    frame->colorspace = like_->colorspace;
  }
  emit(std::move(frame));
}

/// The next frame of an input; null says that it has ended, for this graph at least.
FramePtr FilterGraph::next_of(const std::string& label, std::int64_t limit) {
  constexpr std::size_t kMost = 4;  // of a graph that reads far ahead
  GraphInput& input = *inputs_.at(label);
  const AVRational base = input.like().time_base;
  std::deque<FramePtr>& shown = shown_[label];
  if (!shown.empty() && is_at(shown.back()->pts, base, limit)) {
    return {};
  }
  try {
    FramePtr frame = input.next();
    if (!frame) {
      return frame;
    }
    shown.push_back(ref_frame(*frame));
    const auto is_past = [&] {  // for a graph that ends, none is: the next one may begin with it
      return limit == kNever && av_compare_ts(shown[1]->pts, base, now_, like_->time_base) <= 0;
    };
    while (shown.size() > kMost || (shown.size() > 1 && is_past())) {
      shown.pop_front();
    }
    return frame;
  } catch (const base::Cancelled&) {
    throw;
  } catch (const Error& error) {
    throw GraphInputError(error.info());
  }
}

/// One more frame for each input that the graph waits for; false: it waits for none.
bool FilterGraph::feed_inputs(std::int64_t limit) {
  bool fed = false;
  for (const auto& entry : built_.sources) {
    AVFilterContext* source = entry.second;
    if (av_buffersrc_get_nb_failed_requests(source) == 0) {
      continue;
    }
    const FramePtr frame = next_of(entry.first, limit);
    explained(recipe_, [&] { return av_buffersrc_add_frame_flags(source, frame.get(), 0); });
    fed = true;
  }
  return fed;
}

}  // namespace s3reel::media
