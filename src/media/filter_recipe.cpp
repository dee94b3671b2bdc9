#include "media/filter_recipe.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "media/av_error.h"
#include "media/ffmpeg.h"
#include "media/filter_text.h"
#include "media/log_capture.h"

namespace s3reel::media {
namespace {

// Filters that open files and URLs by themselves, past the store's settings and the job's limits.
constexpr std::array<std::string_view, 2> kReaders{"movie", "amovie"};
// Filters that keep every frame until the end.
constexpr std::array<std::string_view, 2> kHoarders{"reverse", "areverse"};

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string shown(const FilterRecipe& recipe) {
  return recipe.text.empty() ? fmt::format("{}", fmt::join(filters_of(recipe), ",")) : recipe.text;
}

Error recipe_refusal(const FilterRecipe& recipe, std::string reason, std::string hint) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "filter graph",
      .subject = shown(recipe),
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

void explained(const FilterRecipe& recipe, const std::function<int()>& call) {
  const LogCapture said;
  const int code = call();
  if (code >= 0) {
    return;
  }
  if (code == AVERROR(ENOMEM)) {
    throw std::bad_alloc();
  }
  throw recipe_refusal(
      recipe,
      said.text().empty() ? av_reason(code) : said.text(),
      "`ffmpeg -h filter=NAME` tells a filter's options");
}

std::vector<std::string> filters_of(const FilterRecipe& recipe) {
  if (!recipe.text.empty()) {
    return filter_names(recipe.text);
  }
  std::vector<std::string> names;
  for (const FilterStep& step : recipe.steps) {
    names.push_back(step.filter);
  }
  return names;
}

void check_recipe(const FilterRecipe& recipe) {
  const std::vector<std::string> names = filters_of(recipe);
  if (names.empty()) {
    throw recipe_refusal(
        recipe, "there is no filter in it", "write for example 'scale=1280:-2,hqdn3d'");
  }
  for (const std::string& name : names) {
    if (is_among(kReaders, name)) {
      throw recipe_refusal(
          recipe,
          fmt::format("{} reads files by itself, past the store and its settings", name),
          "--filter-input brings another video into a graph");
    }
    if (is_among(kHoarders, name)) {
      throw recipe_refusal(recipe, fmt::format("{} keeps the whole video in memory", name));
    }
    if (avfilter_get_by_name(name.c_str()) == nullptr) {
      throw recipe_refusal(
          recipe,
          fmt::format("these FFmpeg libraries have no filter '{}'", name),
          "`ffmpeg -filters` lists what is there");
    }
  }
}

}  // namespace s3reel::media
