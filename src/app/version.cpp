#include <utility>

#include <fmt/format.h>

#include "http/library.h"
#include "media/compat.h"
#include "s3reel/s3reel.h"

namespace s3reel {

std::vector<std::string> version_lines() {
  std::vector<std::string> lines{fmt::format("s3reel {}", S3REEL_VERSION)};
  for (std::string& line : media::compat::library_versions()) {
    lines.push_back(std::move(line));
  }
  lines.push_back(http::library_version());
  return lines;
}

}  // namespace s3reel
