#pragma once

/// A chain that is ready for frames.

#include <cstddef>
#include <utility>
#include <vector>

#include "ops/chain.h"
#include "unit/media/frames.h"

namespace s3reel::test {

struct Started : ops::Chain {
  explicit Started(
      std::vector<OpFactory> factories, const OpErrorSettings& errors = {}, std::size_t workers = 1)
      : Chain(std::move(factories), errors, base::Log()) {
    const AVPixelFormat format = AV_PIX_FMT_YUV420P;
    start(workers, {.like = blank_frame({.format = format}), .home = format});
  }
};

}  // namespace s3reel::test
