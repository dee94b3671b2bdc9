#include "ops/color.h"

#include <cstddef>
#include <cstdint>

#include "media/ffmpeg.h"

namespace s3reel::ops {
namespace {

/// av_parse_color() makes another colour at each call of these, also behind the mark of a number
/// (libavutil/parseutils.c). Frames of one video would differ, and what runs in parallel from what
/// does not.
bool is_chance(const std::string& text) {
  const std::size_t begin = text.starts_with('#') ? 1 : text.starts_with("0x") ? 2 : 0;
  const std::string name = text.substr(begin, text.find('@') - begin);
  return av_strcasecmp(name.c_str(), "random") == 0 || av_strcasecmp(name.c_str(), "bikeshed") == 0;
}

}  // namespace

bool is_color(const std::string& text) {
  std::uint8_t rgba[4];
  return text.find('\0') == std::string::npos && !is_chance(text) &&
         av_parse_color(rgba, text.c_str(), -1, nullptr) >= 0;
}

}  // namespace s3reel::ops
