#pragma once

#include <atomic>
#include <cstdint>

namespace s3reel::pipeline {

/// What the running stages count. Each is written by one stage and read by anybody.
struct Counters {
  std::atomic<std::uint64_t> decoded{0};
  std::atomic<std::uint64_t> chain_in{0};
  std::atomic<std::uint64_t> chain_out{0};
  std::atomic<std::uint64_t> muxed{0};       ///< packets of the picture
  std::atomic<std::int64_t> position_us{0};  ///< furthest time muxed
};

}  // namespace s3reel::pipeline
