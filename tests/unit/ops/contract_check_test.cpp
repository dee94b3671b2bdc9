#include "ops/contract_check.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using testing::IsEmpty;

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
