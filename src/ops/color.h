#pragma once

#include <string>

namespace s3reel::ops {

/// Whether FFmpeg knows a colour of this name, and the same one each time: not "random".
bool is_color(const std::string& text);

}  // namespace s3reel::ops
