#pragma once

/// Ops called by themselves, with libavutil's frames.

#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ops/format_plan.h"
#include "ops/frame_access.h"
#include "s3reel/op.h"

namespace s3reel::test {

inline std::vector<media::FramePtr> push(Op& op, media::FramePtr frame) {
  std::vector<media::FramePtr> out;
  op.push(ops::wrap(std::move(frame)), [&out](Frame one) {
    out.push_back(ops::unwrap(std::move(one)));
  });
  return out;
}

inline std::vector<media::FramePtr> flush(Op& op) {
  std::vector<media::FramePtr> out;
  op.flush([&out](Frame one) { out.push_back(ops::unwrap(std::move(one))); });
  return out;
}

/// The one frame that an op makes of one.
inline media::FramePtr applied(Op& op, media::FramePtr frame) {
  std::vector<media::FramePtr> out = push(op, std::move(frame));
  EXPECT_EQ(out.size(), 1U);
  return std::move(out.at(0));
}

/// The format in which a chain of this op alone gives it frames of another.
inline AVPixelFormat asked(const Op& op, AVPixelFormat offered) {
  return ops::FormatPlan({op.contract()}).entry(0, offered, offered);
}

}  // namespace s3reel::test
