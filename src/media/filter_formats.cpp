#include "media/filter_formats.h"

#include <new>

#include "media/filter_graph.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

// Large enough for any subsampling; nothing is allocated for it.
constexpr int kSide = 64;

FramePtr frame_of(AVPixelFormat format) {
  FramePtr frame = make_frame();
  frame->format = format;
  frame->width = kSide;
  frame->height = kSide;
  frame->time_base = {1, 25};
  return frame;
}

bool keeps(const FilterGraph& graph, AVPixelFormat format) {
  try {
    return graph.outlook(*frame_of(format), {25, 1}).converted == 0;
  } catch (const Error&) {
    return false;  // there is no way from this format into the filter
  }
}

}  // namespace

std::vector<std::string> formats_kept_by(const std::vector<std::string>& filters) {
  FilterRecipe recipe;
  for (const std::string& name : filters) {
    recipe.steps.push_back({name, {}});
  }
  return formats_kept_by(recipe);
}

std::vector<std::string> formats_kept_by(const FilterRecipe& recipe) {
  const FilterGraph graph(recipe, 1);
  std::vector<std::string> names;
  for (const AVPixFmtDescriptor* pixel = av_pix_fmt_desc_next(nullptr); pixel != nullptr;
       pixel = av_pix_fmt_desc_next(pixel)) {
    const AVPixelFormat format = av_pix_fmt_desc_get_id(pixel);
    if ((pixel->flags & AV_PIX_FMT_FLAG_HWACCEL) == 0 && keeps(graph, format)) {
      names.emplace_back(pixel->name);
    }
  }
  return names;
}

}  // namespace s3reel::media
