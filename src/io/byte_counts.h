#pragma once

#include <atomic>
#include <cstdint>

namespace s3reel::io {

/// What went through a local store so far. Any thread may read it while others count.
struct ByteCounts {
  std::atomic<std::uint64_t> read{0};     ///< of sources, as often as they were read
  std::atomic<std::uint64_t> written{0};  ///< of results; moving them inside their file is not
};

}  // namespace s3reel::io
