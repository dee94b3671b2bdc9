#pragma once

#include <string>
#include <vector>

#include "media/filter_recipe.h"

namespace s3reel::media {

/// Names of the pixel formats that filters take and hand on, in this build of libavfilter: others
/// it converts by itself between them, which nobody would see. It has no list to read, so each
/// format is tried; that takes some milliseconds.
std::vector<std::string> formats_kept_by(const FilterRecipe& recipe);

/// The same for filters without options.
std::vector<std::string> formats_kept_by(const std::vector<std::string>& filters);

}  // namespace s3reel::media
