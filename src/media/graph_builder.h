#pragma once

#include <map>
#include <string>
#include <vector>

#include "media/filter_recipe.h"
#include "media/graph_input.h"
#include "media/ptr.h"

namespace s3reel::media {

/// A libavfilter graph that is ready for frames, with its ends.
struct BuiltGraph {
  FilterGraphPtr graph;
  AVFilterContext* source = nullptr;
  AVFilterContext* sink = nullptr;
  std::map<std::string, AVFilterContext*> sources{};  ///< of the inputs, by label
};

/// `like`, without pixels, and `frame_rate` are of the frames that go in; `threads` of filters that
/// divide their pictures among some, 0: by machine. Throws Error{usage} with libavfilter's reason.
BuiltGraph build_graph(
    const FilterRecipe& recipe,
    int threads,
    const AVFrame& like,
    AVRational frame_rate,
    const GraphInputs& inputs);

/// The filters that libavfilter put in by itself, where two did not agree.
std::vector<const AVFilterContext*> conversions(const AVFilterGraph& graph);

}  // namespace s3reel::media
