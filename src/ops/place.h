#pragma once

#include <string>
#include <vector>

namespace s3reel::ops {

/// Where something lies on a picture: "top-left", "top", … "center", … "bottom-right".
const std::vector<std::string>& places();

/// The left or upper edge, in pixels, of what is so long, so many pixels from the edge it is near.
int place_across(const std::string& at, int whole, int part, int margin);
int place_down(const std::string& at, int whole, int part, int margin);

}  // namespace s3reel::ops
