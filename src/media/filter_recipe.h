#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "s3reel/error.h"

namespace s3reel::media {

/// One filter and its options as they are, without the escapes of a graph's text.
struct FilterStep {
  std::string filter;
  std::vector<std::pair<std::string, std::string>> options{};
};

/// What a graph does: FFmpeg's own words for it, or filters one after the other.
struct FilterRecipe {
  std::string text{};
  std::vector<FilterStep> steps{};  ///< where there is no text
};

/// The filters by name, in the order of the graph.
std::vector<std::string> filters_of(const FilterRecipe& recipe);

/// Throws Error{usage} for a text that is no graph, a filter that does not exist, and one that
/// reads files or URLs itself: the store's settings, limits and errors would not reach it.
void check_recipe(const FilterRecipe& recipe);

/// The recipe as messages show it.
std::string shown(const FilterRecipe& recipe);

/// An Error{usage} about a recipe.
Error recipe_refusal(const FilterRecipe& recipe, std::string reason, std::string hint = {});

/// Makes a call into libavfilter, whose failure its log explains better than its code: that is what
/// the Error{usage} says.
void explained(const FilterRecipe& recipe, const std::function<int()>& call);

}  // namespace s3reel::media
