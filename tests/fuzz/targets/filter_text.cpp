// Texts of filter graphs: what libavfilter takes from one, and be it only to refuse it, was seen in
// it before. Only what is seen is kept from reading files (media/filter_recipe.h).

#include "media/filter_text.h"

#include "fuzz/target.h"
#include "media/ffmpeg.h"
#include "media/library.h"
#include "media/log_capture.h"
#include "media/ptr.h"

namespace s3reel::fuzz {
namespace {

using Names = std::vector<std::string>;

bool is_among(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// No file is touched and no number makes them large, whatever their options are.
bool is_harmless(const std::string& name) {
  static const Names known{
      "copy", "format", "hflip", "negate", "null", "nullsink", "overlay", "transpose", "vflip"};
  return is_among(known, name) || avfilter_get_by_name(name.c_str()) == nullptr;
}

/// Without the name of an instance and without space: libavfilter takes off either at other ends
/// than filter_names(), and knows no filter with space at its own.
std::string bare(const std::string& name) {
  constexpr const char* kSpace = " \n\t\r";
  std::string rest = name.substr(0, name.find('@'));
  rest.erase(0, std::min(rest.find_first_not_of(kSpace), rest.size()));
  return rest.erase(rest.find_last_not_of(kSpace) + 1);
}

/// The name in "No such filter: 'name'"; empty: it says another thing.
std::string missing_filter(const std::string& log) {
  constexpr std::string_view kWords = "No such filter: '";
  const auto end = log.rfind('\'');
  return log.starts_with(kWords) && end > kWords.size()
             ? bare(log.substr(kWords.size(), end - kWords.size()))
             : std::string();
}

Names filters_of(const AVFilterGraph& graph) {
  Names names;
  for (unsigned i = 0; i < graph.nb_filters; ++i) {
    names.emplace_back(graph.filters[i]->filter->name);
  }
  return names;
}

}  // namespace

void examine(const Bytes& input) {
  media::silence_libraries();
  std::string text = Input(input).text();
  text.resize(std::min(text.find('\0'), text.size()));  // where it ends for libavfilter
  const Names seen = media::filter_names(text);
  if (!std::all_of(seen.begin(), seen.end(), is_harmless)) {
    return;
  }
  const media::LogCapture said;
  const media::FilterGraphPtr graph(avfilter_graph_alloc());
  graph->nb_threads = 1;
  AVFilterInOut* raw_inputs = nullptr;
  AVFilterInOut* raw_outputs = nullptr;
  const int code = avfilter_graph_parse2(graph.get(), text.c_str(), &raw_inputs, &raw_outputs);
  const media::FilterPadsPtr inputs(raw_inputs);
  const media::FilterPadsPtr outputs(raw_outputs);
  if (code >= 0) {
    require(filters_of(*graph) == seen, "the filters of a graph are those that were seen");
    return;
  }
  const std::string missing = missing_filter(said.text());
  const bool was_seen = std::any_of(
      seen.begin(), seen.end(), [&](const std::string& name) { return bare(name) == missing; });
  require(missing.empty() || was_seen, "a filter that is not there was seen");
}

}  // namespace s3reel::fuzz
