#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "media/graph_input.h"

namespace s3reel::ops {

/// What ops may ask of the job while they are made.
struct OpContext {
  /// All bytes of a file or an object, with the settings of the source's store. Throws Error of the
  /// store, or Error{usage} for more than `most`.
  std::function<std::vector<std::byte>(const std::string& location, std::uint64_t most)> read;
  /// The picture of another video, with the same settings. Throws Error of the store, or
  /// Error{input} for what is no video.
  std::function<std::shared_ptr<media::GraphInput>(const std::string& location)> open_video;
  base::Log log{};
};

}  // namespace s3reel::ops
