#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/link.h"
#include "unit/ops/started.h"
#include "unit/ops/trial.h"

namespace s3reel::ops {
namespace {

using test::Out;
using test::picture_at;
using test::refusal_in;
using test::trial;
using test::Trial;
using testing::ElementsAre;
using testing::HasSubstr;

/// Fails on the frame with pts 50, and keeps those behind it to itself if it is `forgetful`.
class FailsOnce final : public Op {
 public:
  explicit FailsOnce(bool forgetful) : forgetful_(forgetful) {}

  [[nodiscard]] std::string name() const override { return "fails once"; }

  [[nodiscard]] OpContract contract() const override { return {}; }

  void push(Frame frame, const Emit& emit) override {
    if (frame.pts() == 50) {
      throw std::runtime_error("out of ink");
    }
    if (frame.pts() < 50 || !forgetful_) {
      emit(std::move(frame));
    }
  }

 private:
  const bool forgetful_;
};

/// How many of the frames with pts 49, 50 and 51 come out.
std::size_t frames_behind_a_failure(bool forgetful) {
  Out out;
  const OpFactory op = [=] {
    return std::make_unique<FailsOnce>(forgetful);
  };
  test::Started chain({op}, {.action = OnOpError::drop_frame, .budget = 9});
  for (const std::int64_t pts : {49, 50, 51}) {
    chain.push(picture_at(pts), out.hand());
  }
  chain.flush(out.hand());
  return out.frames.size();
}

TEST(Chain, ABorneFailureExcusesItsOwnFrameOnly) {
  EXPECT_EQ(frames_behind_a_failure(false), 2U);
  EXPECT_THROW(frames_behind_a_failure(true), Error);
}

/// Fails on all frames but those of which it hands on the one before.
Trial::Parts failing(bool holds, std::vector<Frame>& held) {
  return {.push = [&held, holds](Frame frame, const Op::Emit& /*emit*/) {
    if (holds && held.empty()) {
      held.push_back(std::move(frame));
      return;
    }
    throw std::runtime_error("out of ink");
  }};
}

std::size_t out_before_the_end(bool holds) {
  Out out;
  std::vector<Frame> held;
  test::Started chain({trial(failing(holds, held))}, {.action = OnOpError::skip_op, .budget = 99});
  for (std::int64_t pts = 0; pts < 20; ++pts) {
    chain.push(picture_at(pts), out.hand());
  }
  return out.frames.size();
}

TEST(Chain, SkippedFramesDoNotWaitForAnOpThatOwesNothing) {
  EXPECT_EQ(out_before_the_end(false), 20U);
  EXPECT_EQ(out_before_the_end(true), 19U - Link::kMostWaiting);
}

/// Times of what comes out of an op that fails on the frame with pts 3 of seven, and looks `ahead`:
/// it hands on each frame when it has so many behind it.
struct Looking {
  std::size_t ahead = 1;
  bool stores_first = false;  ///< and fails then
};

std::vector<std::int64_t> behind_a_failing_window(Looking looking, OnOpError action) {
  Out out;
  std::vector<Frame> held;
  const auto push = [&](Frame frame, const Op::Emit& emit) {
    const std::int64_t now = frame.pts();
    if (now != 3 || looking.stores_first) {
      held.push_back(std::move(frame));
    }
    if (held.size() + (now != 3 || looking.stores_first ? 0U : 1U) > looking.ahead) {
      Frame first = std::move(held.front());
      held.erase(held.begin());
      emit(std::move(first));
    }
    if (now == 3) {
      throw std::runtime_error("out of ink");
    }
  };
  const OpContract window{.temporal = Temporal::window, .after = static_cast<int>(looking.ahead)};
  test::Started chain({trial({.contract = window, .push = push})}, {.action = action, .budget = 9});
  for (std::int64_t pts = 0; pts < 7; ++pts) {
    chain.push(picture_at(pts), out.hand());
  }
  return out.times();
}

// The last ones are still in the window.
TEST(Chain, AFrameIsNeitherLostNorShownTwiceWhereAnOpFailsOnIt) {
  const auto skip = OnOpError::skip_op;
  const auto drop = OnOpError::drop_frame;
  EXPECT_THAT(behind_a_failing_window({1, false}, skip), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(behind_a_failing_window({1, true}, skip), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(behind_a_failing_window({2, false}, skip), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(behind_a_failing_window({2, true}, skip), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(behind_a_failing_window({1, false}, drop), ElementsAre(0, 1, 2, 4, 5));
  EXPECT_THAT(behind_a_failing_window({1, true}, drop), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Chain, AnOpThatFailsBehindItsFrameOwesAllOthers) {
  for (const OnOpError action : {OnOpError::skip_op, OnOpError::drop_frame}) {
    Out out;
    const auto push = [](Frame frame, const Op::Emit& emit) {
      const std::int64_t now = frame.pts();
      if (now != 3) {
        emit(std::move(frame));
      }
      if (now == 1) {
        throw std::runtime_error("out of ink");
      }
    };
    test::Started chain({trial({.push = push})}, {.action = action, .budget = 9});
    for (std::int64_t pts = 0; pts < 4; ++pts) {
      chain.push(picture_at(pts), out.hand());
    }
    EXPECT_THAT(out.times(), ElementsAre(0, 1, 2));
    EXPECT_THAT(refusal_in([&] { chain.flush(out.hand()); }).reason, HasSubstr("3 frames for 4"));
  }
}

TEST(Chain, FramesThatSkipAnOpAreLikeThoseThatItHandsOn) {
  Out out;
  int calls = 0;
  test::Started chain(
      {trial(
          {.contract = {.formats = {"rgb24"}},
           .push =
               [&](Frame frame, const Op::Emit& emit) {
                 if (calls++ == 0) {
                   throw std::runtime_error("out of ink");
                 }
                 emit(std::move(frame));
               }})},
      {.action = OnOpError::skip_op, .budget = 9});
  chain.push(picture_at(1), out.hand());
  chain.push(picture_at(2), out.hand());
  ASSERT_EQ(out.frames.size(), 2U);
  EXPECT_EQ(out.frames[0]->format, AV_PIX_FMT_RGB24);
  EXPECT_EQ(out.frames[1]->format, AV_PIX_FMT_RGB24);
}

TEST(Chain, ABrokenContractIsNoFailureWhateverTheOpMakesOfIt) {
  Out out;
  const auto push = [](const Frame& frame, const Op::Emit& emit) {
    emit(frame.share());
    try {
      emit(frame.share());
    } catch (const std::exception&) {
      throw std::runtime_error("out of ink");
    }
  };
  test::Started chain(
      {trial({.contract = {.changes_rate = true}, .push = push})},
      {.action = OnOpError::skip_op, .budget = 9});
  const ErrorInfo found = refusal_in([&] { chain.push(picture_at(1), out.hand()); });
  EXPECT_THAT(found.reason, HasSubstr("behind one at"));
}

std::size_t frames_held(OnOpError action, Temporal temporal) {
  const std::vector<OpFactory> ops{trial({.contract = {.temporal = temporal}})};
  return Chain(ops, {.action = action}, base::Log()).frames_held().always;
}

TEST(Chain, FramesThatMayHaveToWaitAreInTheBudget) {
  const auto more = [](Temporal temporal) {
    return frames_held(OnOpError::skip_op, temporal) - frames_held(OnOpError::fail, temporal);
  };
  EXPECT_EQ(more(Temporal::sequential), 1U + Link::kMostWaiting);
  EXPECT_EQ(more(Temporal::window), 1U + Link::kMostWaiting);
  EXPECT_EQ(more(Temporal::stateless), 0U);  // that one is each worker's
}

}  // namespace
}  // namespace s3reel::ops
