#include "media/filter_graph.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/cancelled.h"
#include "media/av_error.h"
#include "media/compat.h"
#include "media/converter.h"
#include "media/filter_text.h"
#include "media/first_frame.h"
#include "media/log_capture.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

// Filters that open files and URLs by themselves, past the store's settings and the job's limits.
constexpr std::array<std::string_view, 2> kReaders{"movie", "amovie"};
// Filters that keep every frame until the end.
constexpr std::array<std::string_view, 2> kHoarders{"reverse", "areverse"};

constexpr const char* kMainInput = "in";
constexpr const char* kOutput = "out";

/// For the time of a frame that does not come.
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string shown(const FilterRecipe& recipe) {
  return recipe.text.empty() ? fmt::format("{}", fmt::join(FilterGraph::filters(recipe), ","))
                             : recipe.text;
}

Error refusal(const FilterRecipe& recipe, std::string reason, std::string hint = {}) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "filter graph",
      .subject = shown(recipe),
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

/// A call into libavfilter whose failure its log explains better than its code.
template <class Call>
void explained(const FilterRecipe& recipe, Call&& call) {
  const LogCapture said;
  const int code = std::forward<Call>(call)();
  if (code >= 0) {
    return;
  }
  if (code == AVERROR(ENOMEM)) {
    throw std::bad_alloc();
  }
  throw refusal(
      recipe,
      said.text().empty() ? av_reason(code) : said.text(),
      "`ffmpeg -h filter=NAME` tells a filter's options");
}

AVFilterContext* new_filter(
    const FilterRecipe& recipe,
    AVFilterGraph& graph,
    const std::string& name,
    const char* instance) {
  const AVFilter* filter = avfilter_get_by_name(name.c_str());
  if (filter == nullptr) {
    throw refusal(
        recipe,
        fmt::format("these FFmpeg libraries have no filter '{}'", name),
        "`ffmpeg -filters` lists what is there");
  }
  AVFilterContext* context = avfilter_graph_alloc_filter(&graph, filter, instance);
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  return context;
}

AVFilterContext* new_source(
    const FilterRecipe& recipe,
    AVFilterGraph& graph,
    const std::string& label,
    const AVFrame& like,
    AVRational frame_rate) {
  AVFilterContext* source = new_filter(recipe, graph, "buffer", label.c_str());
  const std::unique_ptr<AVBufferSrcParameters, FreePtr<&av_free>> parameters(
      av_buffersrc_parameters_alloc());
  if (!parameters) {
    throw std::bad_alloc();
  }
  parameters->format = like.format;
  parameters->width = like.width;
  parameters->height = like.height;
  parameters->time_base = like.time_base;
  parameters->sample_aspect_ratio = like.sample_aspect_ratio;
  parameters->frame_rate = frame_rate;
  compat::set_source_colour(*parameters, like);
  explained(recipe, [&] { return av_buffersrc_parameters_set(source, parameters.get()); });
  explained(recipe, [&] { return avfilter_init_dict(source, nullptr); });
  return source;
}

AVFilterContext* new_sink(const FilterRecipe& recipe, AVFilterGraph& graph) {
  AVFilterContext* sink = new_filter(recipe, graph, "buffersink", "out");
  explained(recipe, [&] { return avfilter_init_dict(sink, nullptr); });
  return sink;
}

void link_steps(
    const FilterRecipe& recipe,
    AVFilterGraph& graph,
    AVFilterContext* source,
    AVFilterContext* sink) {
  AVFilterContext* last = source;
  for (const FilterStep& step : recipe.steps) {
    AVFilterContext* next = new_filter(recipe, graph, step.filter, step.filter.c_str());
    Dictionary options;
    for (const auto& [key, value] : step.options) {
      options.set(key.c_str(), value.c_str());
    }
    explained(recipe, [&] { return avfilter_init_dict(next, options.get()); });
    if (const AVDictionaryEntry* unknown =
            av_dict_get(options.view(), "", nullptr, AV_DICT_IGNORE_SUFFIX)) {
      throw refusal(recipe, fmt::format("{} has no option '{}'", step.filter, unknown->key));
    }
    explained(recipe, [&] { return avfilter_link(last, 0, next, 0); });
    last = next;
  }
  explained(recipe, [&] { return avfilter_link(last, 0, sink, 0); });
}

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

std::vector<std::string> FilterGraph::filters(const FilterRecipe& recipe) {
  if (!recipe.text.empty()) {
    return filter_names(recipe.text);
  }
  std::vector<std::string> names;
  for (const FilterStep& step : recipe.steps) {
    names.push_back(step.filter);
  }
  return names;
}

void FilterGraph::check(const FilterRecipe& recipe) {
  const std::vector<std::string> names = filters(recipe);
  if (names.empty()) {
    throw refusal(recipe, "there is no filter in it", "write for example 'scale=1280:-2,hqdn3d'");
  }
  for (const std::string& name : names) {
    if (is_among(kReaders, name)) {
      throw refusal(
          recipe,
          fmt::format("{} reads files by itself, past the store and its settings", name),
          "--filter-input brings another video into a graph");
    }
    if (is_among(kHoarders, name)) {
      throw refusal(recipe, fmt::format("{} keeps the whole video in memory", name));
    }
    if (avfilter_get_by_name(name.c_str()) == nullptr) {
      throw refusal(
          recipe,
          fmt::format("these FFmpeg libraries have no filter '{}'", name),
          "`ffmpeg -filters` lists what is there");
    }
  }
}

FilterGraph::Built FilterGraph::build(const AVFrame& like, AVRational frame_rate) const {
  check(recipe_);
  Built built{.graph = FilterGraphPtr(avfilter_graph_alloc())};
  if (!built.graph) {
    throw std::bad_alloc();
  }
  built.graph->nb_threads = threads_;
  // What libavfilter converts between its filters is to lose no more than our own conversions.
  built.graph->scale_sws_opts =
      av_strdup("flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp");
  built.source = new_source(recipe_, *built.graph, kMainInput, like, frame_rate);
  for (const auto& [label, input] : inputs_) {
    built.sources[label] =
        new_source(recipe_, *built.graph, label, input->like(), input->frame_rate());
  }
  built.sink = new_sink(recipe_, *built.graph);
  if (recipe_.text.empty()) {
    link_steps(recipe_, *built.graph, built.source, built.sink);
  } else {
    link_text(built);
  }
  explained(recipe_, [&] { return avfilter_graph_config(built.graph.get(), nullptr); });
  return built;
}

/// The frames that an open input of the text is for.
AVFilterContext* FilterGraph::source_of(const Built& built, const AVFilterInOut& pad) const {
  const std::string label = pad.name == nullptr ? kMainInput : pad.name;
  if (label == kMainInput) {
    return built.source;
  }
  const auto found = built.sources.find(label);
  if (found == built.sources.end()) {
    throw refusal(
        recipe_,
        fmt::format("nothing goes into its input [{}]", label),
        fmt::format("--filter-input {}=URL names a video for it", label));
  }
  return found->second;
}

void FilterGraph::link_text(const Built& built) const {
  AVFilterInOut* raw_inputs = nullptr;
  AVFilterInOut* raw_outputs = nullptr;
  explained(recipe_, [&] {
    return avfilter_graph_parse2(
        built.graph.get(), recipe_.text.c_str(), &raw_inputs, &raw_outputs);
  });
  const FilterPadsPtr inputs(raw_inputs);
  const FilterPadsPtr outputs(raw_outputs);
  std::set<AVFilterContext*> used;
  for (const AVFilterInOut* pad = inputs.get(); pad != nullptr; pad = pad->next) {
    AVFilterContext* source = source_of(built, *pad);
    if (!used.insert(source).second) {
      throw refusal(
          recipe_,
          fmt::format("several of its inputs are open for [{}]", source->name),
          "split makes several streams of one: split[a][b];[a][b]blend");
    }
    explained(recipe_, [&] {
      return avfilter_link(source, 0, pad->filter_ctx, static_cast<unsigned>(pad->pad_idx));
    });
  }
  if (used.size() != built.sources.size() + 1) {
    throw refusal(
        recipe_,
        "it does not take the video, or not all that is named for it",
        "leave one input open without a label or as [in], and one for each --filter-input");
  }
  const AVFilterInOut* out = outputs.get();
  if (out == nullptr || out->next != nullptr ||
      (out->name != nullptr && std::string_view(out->name) != kOutput)) {
    throw refusal(recipe_, "it must leave exactly one output open, without a label or as [out]");
  }
  explained(recipe_, [&] {
    return avfilter_link(out->filter_ctx, static_cast<unsigned>(out->pad_idx), built.sink, 0);
  });
}

// libavfilter puts filters of its own where two do not agree, named "auto_...".
std::vector<const AVFilterContext*> FilterGraph::conversions(const AVFilterGraph& graph) {
  std::vector<const AVFilterContext*> found;
  for (unsigned i = 0; i < graph.nb_filters; ++i) {
    if (std::string_view(graph.filters[i]->name).starts_with("auto_")) {
      found.push_back(graph.filters[i]);
    }
  }
  return found;
}

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
  const Built built = build(like, frame_rate);
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
  built_ = build(like, frame_rate_);
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
  frame->pts = av_rescale_q(frame->pts, inner, outer);
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
