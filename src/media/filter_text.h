#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace s3reel::media {

/// The names of the filters in a graph's text, in order, without building anything: building
/// already opens what a `movie` names. Follows FFmpeg's rules of quotes and escapes
/// (ffmpeg-filters(1), "Notes on filtergraph escaping"); what is no graph gives names that are no
/// filters.
std::vector<std::string> filter_names(std::string_view graph);

}  // namespace s3reel::media
