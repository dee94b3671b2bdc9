#include "ops/contract_check.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/media/frames.h"
#include "unit/ops/started.h"

namespace s3reel::ops {
namespace {

using media::FramePtr;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FramePtr picture_at(std::int64_t pts) {
  return test::noise_frame({.pts = pts});
}

struct Out {
  std::vector<FramePtr> frames;

  Hand hand() {
    return [this](Item item) {
      frames.push_back(std::move(item.frame));
    };
  }

  [[nodiscard]] std::vector<std::int64_t> times() const {
    std::vector<std::int64_t> all;
    for (const FramePtr& frame : frames) {
      all.push_back(frame->pts);
    }
    return all;
  }
};

/// What a test wants it to be.
class Trial final : public Op {
 public:
  struct Parts {
    OpContract contract{};
    std::function<void(Frame, const Emit&)> push = [](Frame frame, const Emit& emit) {
      emit(std::move(frame));
    };
    std::function<void()> open = [] {
    };
    std::function<void()> flush = [] {
    };
  };

  explicit Trial(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::string name() const override { return "trial"; }

  [[nodiscard]] OpContract contract() const override { return parts_.contract; }

  void open(const VideoFacts& /*input*/) override { parts_.open(); }

  void push(Frame frame, const Emit& emit) override { parts_.push(std::move(frame), emit); }

  void flush(const Emit& /*emit*/) override { parts_.flush(); }

 private:
  const Parts parts_;
};

OpFactory trial(const Trial::Parts& parts) {
  return [parts] {
    return std::make_unique<Trial>(parts);
  };
}

/// The Error{op} that this ends in.
template <class Action>
ErrorInfo refusal_in(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::op);
    return error.info();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// Hands on what a list says for each frame: so many copies, or moves its time.
class Untrue final : public Op {
 public:
  Untrue(Temporal temporal, int copies, std::int64_t shift)
      : temporal_(temporal), copies_(copies), shift_(shift) {}

  [[nodiscard]] std::string name() const override { return "untrue"; }

  [[nodiscard]] OpContract contract() const override { return {.temporal = temporal_}; }

  void push(Frame frame, const Emit& emit) override {
    for (int i = 0; i < copies_; ++i) {
      Frame copy = frame.share();
      copy.set_pts(frame.pts() + i + shift_);
      emit(std::move(copy));
    }
  }

 private:
  const Temporal temporal_;
  const int copies_;
  const std::int64_t shift_;
};

std::string refusal_of(Temporal temporal, int copies, std::int64_t shift) {
  Out out;
  test::Started chain({[=] {
    return std::make_unique<Untrue>(temporal, copies, shift);
  }});
  try {
    chain.push(picture_at(1), out.hand());
    chain.push(picture_at(2), out.hand());
    chain.flush(out.hand());
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::op);
    return error.what();
  }
  return {};
}

TEST(Chain, HoldsAStatelessOpToOneFrameForOneAtItsTime) {
  EXPECT_EQ(refusal_of(Temporal::stateless, 1, 0), "");
  EXPECT_THAT(refusal_of(Temporal::stateless, 0, 0), HasSubstr("no frame for one"));
  EXPECT_THAT(refusal_of(Temporal::stateless, 2, 0), HasSubstr("several frames"));
  EXPECT_THAT(refusal_of(Temporal::stateless, 1, 5), HasSubstr("changed the frame's time"));
}

TEST(Chain, HoldsASequentialOpToItsNumberOfFramesInTheEnd) {
  EXPECT_EQ(refusal_of(Temporal::sequential, 1, 0), "");
  EXPECT_THAT(refusal_of(Temporal::sequential, 0, 0), HasSubstr("0 frames for 2"));
}

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

TEST(Chain, HoldsASequentialOpToTheTimesOfItsFrames) {
  EXPECT_THAT(refusal_of(Temporal::sequential, 1, 5), HasSubstr("changed the frame's time"));
  EXPECT_THAT(refusal_of(Temporal::sequential, 2, 0), HasSubstr("several frames"));
}

/// Hands on each frame when the next one comes.
Trial::Parts late(std::vector<Frame>& held) {
  return {.push = [&held](Frame frame, const Op::Emit& emit) {
    held.push_back(std::move(frame));
    if (held.size() > 1) {
      Frame first = std::move(held.front());
      held.erase(held.begin());
      emit(std::move(first));
    }
  }};
}

TEST(Chain, ASequentialOpMayBeLate) {
  Out out;
  std::vector<Frame> held;
  test::Started chain({trial(late(held))});
  for (const std::int64_t pts : {1, 2, 3}) {
    chain.push(picture_at(pts), out.hand());
  }
  EXPECT_THAT(out.times(), ElementsAre(1, 2));
  EXPECT_THAT(refusal_in([&] { chain.flush(out.hand()); }).reason, HasSubstr("2 frames for 3"));
}

TEST(Chain, TimesThatGoBackAreRefused) {
  Out out;
  test::Started chain(
      {trial({.contract = {.changes_rate = true}, .push = [](Frame frame, const Op::Emit& emit) {
                Frame again = frame.share();
                emit(std::move(frame));
                emit(std::move(again));
              }})});
  const ErrorInfo found = refusal_in([&] { chain.push(picture_at(1), out.hand()); });
  EXPECT_THAT(found.reason, HasSubstr("behind one at"));
}

TEST(Chain, TimesBeforeTheFilmAreRefused) {
  Out out;
  test::Started chain(
      {trial({.contract = {.changes_rate = true}, .push = [](Frame frame, const Op::Emit& emit) {
                frame.set_pts(frame.pts() - 10);
                emit(std::move(frame));
              }})});
  EXPECT_THAT(
      refusal_in([&] { chain.push(picture_at(1), out.hand()); }).reason, HasSubstr("cannot be"));
}

TEST(Chain, FramesOfAnotherTimeBaseKeepTheirTime) {
  Out out;
  test::Started chain({trial({.push = [](Frame frame, const Op::Emit& emit) {
    const Rational base = frame.time_base();
    frame.set_pts(frame.pts() * 3, {base.num, base.den * 3});
    emit(std::move(frame));
  }})});
  const AVRational base = picture_at(1)->time_base;
  chain.push(picture_at(7), out.hand());
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_EQ(out.frames[0]->pts, 7);
  EXPECT_EQ(av_cmp_q(out.frames[0]->time_base, base), 0);
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

TEST(Chain, ABrokenContractCannotBeKeptFromTheChain) {
  Out out;
  const auto push = [](const Frame& frame, const Op::Emit& emit) {
    emit(frame.share());
    try {
      emit(frame.share());
    } catch (const std::exception&) {  // none of its business
    }
  };
  test::Started chain({trial({.contract = {.changes_rate = true}, .push = push})});
  const ErrorInfo found = refusal_in([&] { chain.push(picture_at(1), out.hand()); });
  EXPECT_THAT(found.reason, HasSubstr("behind one at"));
}

TEST(Chain, ALateFrameIsComparedWithItself) {
  Out out;
  std::vector<Frame> held;
  test::Started chain({trial(late(held))});
  chain.push(test::noise_frame({.width = 32, .height = 16, .pts = 1}), out.hand());
  chain.push(test::noise_frame({.width = 16, .height = 32, .pts = 2}), out.hand());
  EXPECT_THAT(out.times(), ElementsAre(1));
}

TEST(Chain, PicturesBeforeTheFilmMayMoveALittle) {
  Out out;
  test::Started chain(
      {trial({.contract = {.changes_rate = true}, .push = [](Frame frame, const Op::Emit& emit) {
                frame.set_pts(frame.pts() - 1);
                emit(std::move(frame));
              }})});
  chain.push(picture_at(-2), out.hand());
  EXPECT_THAT(out.times(), ElementsAre(-3));
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

TEST(Chain, AnInstanceThatWorkersShareIsOpenedAndFlushedOnce) {
  Out out;
  int opened = 0;
  int flushed = 0;
  test::Started chain(
      {trial(
          {.contract = {.temporal = Temporal::stateless, .thread_safe = true},
           .open = [&] { ++opened; },
           .flush =
               [&] {
                 ++flushed;
               }})},
      {},
      3);
  chain.flush(out.hand());
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(flushed, 1);
}

TEST(Chain, WhatOpsThrowBeforeTheFirstFrameIsTheirs) {
  const ErrorInfo found = refusal_in([] {
    test::Started chain({trial({.open = [] {
      throw std::runtime_error("no such face");
    }})});
  });
  EXPECT_EQ(found.operation, "op trial");
  EXPECT_EQ(found.reason, "no such face");
  EXPECT_THAT(
      refusal_in([] {
        test::Started chain({[] {
          return std::unique_ptr<Op>();
        }});
      }).reason,
      HasSubstr("made none"));
}

std::vector<std::string> losses(AVPixelFormat format, const std::vector<std::string>& takes) {
  std::vector<OpFactory> ops;
  for (const std::string& one : takes) {
    ops.push_back(trial({.contract = {.formats = {one}}}));
  }
  return test::Started(std::move(ops))
      .losses({.like = test::blank_frame({.format = format}), .home = format});
}

TEST(Chain, SaysWhatConversionsLose) {
  EXPECT_THAT(losses(AV_PIX_FMT_YUV420P, {"rgb24", "yuv420p"}), IsEmpty());
  EXPECT_THAT(
      losses(AV_PIX_FMT_YUV420P10LE, {"rgb24", "yuv420p10le"}),
      ElementsAre("op trial: yuv420p10le becomes rgb24: bit depth is reduced"));
  EXPECT_THAT(
      losses(AV_PIX_FMT_YUVA444P, {"yuv420p"}),
      ElementsAre(
          "op trial: yuva444p becomes yuv420p: chroma resolution, transparency is reduced"));
}

}  // namespace
}  // namespace s3reel::ops
