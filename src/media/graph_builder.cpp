#include "media/graph_builder.h"

#include <memory>
#include <new>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "media/compat.h"

namespace s3reel::media {
namespace {

constexpr const char* kMainInput = "in";
constexpr const char* kOutput = "out";

AVFilterContext* new_filter(
    const FilterRecipe& recipe,
    AVFilterGraph& graph,
    const std::string& name,
    const char* instance) {
  const AVFilter* filter = avfilter_get_by_name(name.c_str());
  if (filter == nullptr) {
    throw recipe_refusal(
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
      throw recipe_refusal(recipe, fmt::format("{} has no option '{}'", step.filter, unknown->key));
    }
    explained(recipe, [&] { return avfilter_link(last, 0, next, 0); });
    last = next;
  }
  explained(recipe, [&] { return avfilter_link(last, 0, sink, 0); });
}

/// The frames that an open input of the text is for.
AVFilterContext* source_of(
    const FilterRecipe& recipe, const BuiltGraph& built, const AVFilterInOut& pad) {
  const std::string label = pad.name == nullptr ? kMainInput : pad.name;
  if (label == kMainInput) {
    return built.source;
  }
  const auto found = built.sources.find(label);
  if (found == built.sources.end()) {
    throw recipe_refusal(
        recipe,
        fmt::format("nothing goes into its input [{}]", label),
        fmt::format("--filter-input {}=URL names a video for it", label));
  }
  return found->second;
}

void link_text(const FilterRecipe& recipe, const BuiltGraph& built) {
  AVFilterInOut* raw_inputs = nullptr;
  AVFilterInOut* raw_outputs = nullptr;
  explained(recipe, [&] {
    return avfilter_graph_parse2(built.graph.get(), recipe.text.c_str(), &raw_inputs, &raw_outputs);
  });
  const FilterPadsPtr inputs(raw_inputs);
  const FilterPadsPtr outputs(raw_outputs);
  std::set<AVFilterContext*> used;
  for (const AVFilterInOut* pad = inputs.get(); pad != nullptr; pad = pad->next) {
    AVFilterContext* source = source_of(recipe, built, *pad);
    if (!used.insert(source).second) {
      throw recipe_refusal(
          recipe,
          fmt::format("several of its inputs are open for [{}]", source->name),
          "split makes several streams of one: split[a][b];[a][b]blend");
    }
    explained(recipe, [&] {
      return avfilter_link(source, 0, pad->filter_ctx, static_cast<unsigned>(pad->pad_idx));
    });
  }
  if (used.size() != built.sources.size() + 1) {
    throw recipe_refusal(
        recipe,
        "it does not take the video, or not all that is named for it",
        "leave one input open without a label or as [in], and one for each --filter-input");
  }
  const AVFilterInOut* out = outputs.get();
  if (out == nullptr || out->next != nullptr ||
      (out->name != nullptr && std::string_view(out->name) != kOutput)) {
    throw recipe_refusal(
        recipe, "it must leave exactly one output open, without a label or as [out]");
  }
  explained(recipe, [&] {
    return avfilter_link(out->filter_ctx, static_cast<unsigned>(out->pad_idx), built.sink, 0);
  });
}

}  // namespace

BuiltGraph build_graph(
    const FilterRecipe& recipe,
    int threads,
    const AVFrame& like,
    AVRational frame_rate,
    const GraphInputs& inputs) {
  check_recipe(recipe);
  BuiltGraph built{.graph = FilterGraphPtr(avfilter_graph_alloc())};
  if (!built.graph) {
    throw std::bad_alloc();
  }
  built.graph->nb_threads = threads;
  // What libavfilter converts between its filters is to lose no more than our own conversions.
  built.graph->scale_sws_opts =
      av_strdup("flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp");
  built.source = new_source(recipe, *built.graph, kMainInput, like, frame_rate);
  for (const auto& [label, input] : inputs) {
    built.sources[label] =
        new_source(recipe, *built.graph, label, input->like(), input->frame_rate());
  }
  built.sink = new_sink(recipe, *built.graph);
  if (recipe.text.empty()) {
    link_steps(recipe, *built.graph, built.source, built.sink);
  } else {
    link_text(recipe, built);
  }
  explained(recipe, [&] { return avfilter_graph_config(built.graph.get(), nullptr); });
  return built;
}

// libavfilter puts filters of its own where two do not agree, named "auto_...".
std::vector<const AVFilterContext*> conversions(const AVFilterGraph& graph) {
  std::vector<const AVFilterContext*> found;
  for (unsigned i = 0; i < graph.nb_filters; ++i) {
    if (std::string_view(graph.filters[i]->name).starts_with("auto_")) {
      found.push_back(graph.filters[i]);
    }
  }
  return found;
}

}  // namespace s3reel::media
