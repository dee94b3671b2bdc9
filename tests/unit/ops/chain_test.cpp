#include "ops/chain.h"

#include <climits>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "ops/grayscale.h"
#include "unit/media/frames.h"
#include "unit/ops/started.h"

namespace s3reel::ops {
namespace {

using media::FramePtr;
using testing::ElementsAre;
using testing::HasSubstr;

/// Writes down what it gets; hands each frame on `copies` times, or keeps them until flush().
class Recorder final : public Op {
 public:
  struct Settings {
    std::string name = "recorder";
    std::vector<std::string> formats{};  ///< empty: any
    int copies = 1;
    bool hold = false;
    bool breaks_at_flush = false;
  };

  Recorder(Settings settings, std::vector<std::string>& log)
      : settings_(std::move(settings)), log_(log) {}

  [[nodiscard]] std::string name() const override { return settings_.name; }

  [[nodiscard]] OpContract contract() const override {
    return {.formats = settings_.formats, .changes_rate = true};
  }

  void push(Frame frame, const Emit& emit) override {
    log_.push_back(settings_.name + " " + std::to_string(frame.pts()) + " " + frame.shape().format);
    for (int i = 0; i < settings_.copies; ++i) {
      Frame copy = frame.share();
      copy.set_pts(frame.pts() + i);
      if (settings_.hold) {
        held_.push_back(std::move(copy));
      } else {
        emit(std::move(copy));
      }
    }
  }

  void flush(const Emit& emit) override {
    log_.push_back(settings_.name + " flush");
    if (settings_.breaks_at_flush) {
      throw std::runtime_error("out of paper");
    }
    for (Frame& frame : held_) {
      emit(std::move(frame));
    }
  }

 private:
  const Settings settings_;
  std::vector<std::string>& log_;
  std::vector<Frame> held_;
};

/// Throws on the frame with pts 50.
template <class Exception>
class Thrower final : public Op {
 public:
  explicit Thrower(Exception exception) : exception_(std::move(exception)) {}

  [[nodiscard]] std::string name() const override { return "thrower"; }

  [[nodiscard]] OpContract contract() const override { return {}; }

  void push(Frame frame, const Emit& emit) override {
    if (frame.pts() == 50) {
      throw exception_;
    }
    emit(std::move(frame));
  }

 private:
  Exception exception_;
};

struct Harness {
  std::vector<std::string> log;
  std::vector<FramePtr> out;

  Hand hand() {
    return [this](Item item) {
      log.push_back("out " + std::to_string(item.frame->pts));
      out.push_back(std::move(item.frame));
    };
  }

  OpFactory recorder(Recorder::Settings settings) {
    return [this, settings = std::move(settings)] {
      return std::make_unique<Recorder>(settings, log);
    };
  }
};

AVPixelFormat format_behind(const Chain& chain, AVPixelFormat offered) {
  const media::Picture picture =
      chain.outlook({.like = test::blank_frame({.format = offered}), .home = offered});
  EXPECT_EQ(picture.home, offered);
  return static_cast<AVPixelFormat>(picture.like->format);
}

FramePtr frame_at(std::int64_t pts, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  return test::noise_frame({.format = format, .pts = pts});
}

TEST(Chain, WithoutOpsHandsFramesOnAsTheyAre) {
  Harness harness;
  test::Started chain({});
  FramePtr frame = frame_at(3);
  const std::uint8_t* data = frame->data[0];
  chain.push(std::move(frame), harness.hand());
  chain.flush(harness.hand());
  ASSERT_EQ(harness.out.size(), 1U);
  EXPECT_EQ(harness.out[0]->data[0], data);
  EXPECT_EQ(format_behind(chain, AV_PIX_FMT_NV12), AV_PIX_FMT_NV12);
}

TEST(Chain, RunsOpsInTheOrderGiven) {
  Harness harness;
  test::Started chain({harness.recorder({.name = "a"}), harness.recorder({.name = "b"})});
  chain.push(frame_at(1), harness.hand());
  EXPECT_THAT(harness.log, ElementsAre("a 1 yuv420p", "b 1 yuv420p", "out 1"));
}

TEST(Chain, AnOpMayHandOnNoneOrMany) {
  Harness harness;
  test::Started chain({harness.recorder({.name = "twice", .copies = 2})});
  chain.push(frame_at(1), harness.hand());
  EXPECT_EQ(harness.out.size(), 2U);
  Harness none;
  test::Started silent({none.recorder({.copies = 0}), none.recorder({.name = "after"})});
  silent.push(frame_at(1), none.hand());
  EXPECT_THAT(none.log, ElementsAre("recorder 1 yuv420p"));
}

TEST(Chain, FlushesEachOpIntoTheOnesBehindItBeforeThoseAreFlushed) {
  Harness harness;
  test::Started chain(
      {harness.recorder({.name = "a", .hold = true}),
       harness.recorder({.name = "b", .hold = true})});
  chain.push(frame_at(1), harness.hand());
  chain.push(frame_at(2), harness.hand());
  chain.flush(harness.hand());
  EXPECT_THAT(
      harness.log,
      ElementsAre(
          "a 1 yuv420p",
          "a 2 yuv420p",
          "a flush",
          "b 1 yuv420p",
          "b 2 yuv420p",
          "b flush",
          "out 1",
          "out 2"));
}

TEST(Chain, ConvertsOnlyWhereNeighboursDisagree) {
  Harness harness;
  test::Started chain(
      {harness.recorder({.name = "any"}),
       harness.recorder({.name = "rgb", .formats = {"rgb24"}}),
       harness.recorder({.name = "same"})});
  chain.push(frame_at(1), harness.hand());
  EXPECT_THAT(harness.log, ElementsAre("any 1 yuv420p", "rgb 1 rgb24", "same 1 rgb24", "out 1"));
  EXPECT_EQ(format_behind(chain, AV_PIX_FMT_YUV420P), AV_PIX_FMT_RGB24);
}

TEST(Chain, FollowsFramesThatChangeTheirFormat) {
  Harness harness;
  test::Started chain({harness.recorder({.formats = {"yuv444p"}})});
  chain.push(frame_at(1, AV_PIX_FMT_YUV420P), harness.hand());
  chain.push(frame_at(2, AV_PIX_FMT_YUV444P), harness.hand());
  chain.push(frame_at(3, AV_PIX_FMT_NV12), harness.hand());
  EXPECT_THAT(
      harness.log,
      testing::IsSupersetOf({"recorder 1 yuv444p", "recorder 2 yuv444p", "recorder 3 yuv444p"}));
}

TEST(Chain, AConversionKeepsTimeAndProperties) {
  Harness harness;
  test::Started chain({harness.recorder({.formats = {"yuv444p"}})});
  FramePtr frame = frame_at(123'456'789);
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  frame->sample_aspect_ratio = {4, 3};
  chain.push(std::move(frame), harness.hand());
  EXPECT_EQ(harness.out.at(0)->pts, 123'456'789);
  EXPECT_EQ(harness.out[0]->color_trc, AVCOL_TRC_SMPTE2084);
  EXPECT_EQ(av_cmp_q(harness.out[0]->sample_aspect_ratio, {4, 3}), 0);
}

template <class Exception>
ErrorInfo failure_of(Exception exception) {
  Harness harness;
  test::Started chain({harness.recorder({}), [exception = std::move(exception)] {
                         return std::make_unique<Thrower<Exception>>(exception);
                       }});
  chain.push(frame_at(49), harness.hand());
  EXPECT_EQ(harness.out.size(), 1U);
  try {
    chain.push(frame_at(50), harness.hand());
  } catch (const Error& error) {
    return error.info();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Chain, AFailingOpIsAnErrorWithItsNameAndTheFramesTime) {
  const ErrorInfo info = failure_of(std::runtime_error("out of ink"));
  EXPECT_EQ(info.kind, ErrorKind::op);
  EXPECT_THAT(info.operation, HasSubstr("thrower"));
  EXPECT_THAT(info.subject, HasSubstr("2.000 s"));  // 50 ticks of 1/25 s
  EXPECT_THAT(info.reason, HasSubstr("out of ink"));
}

TEST(Chain, AnErrorOfAnOpIsStillTheOps) {
  const ErrorInfo info = failure_of(Error({.kind = ErrorKind::input, .reason = "bad font"}));
  EXPECT_EQ(info.kind, ErrorKind::op);
  EXPECT_THAT(info.reason, HasSubstr("bad font"));
}

TEST(Chain, ACancellationIsNotAFailureOfTheOp) {
  EXPECT_EQ(failure_of(base::Cancelled()).kind, ErrorKind::interrupted);
}

TEST(Chain, AFailureOfTheReceiverIsNotTheOps) {
  Harness harness;
  test::Started chain({harness.recorder({})});
  const Hand broken = [](const Item&) {
    throw std::runtime_error("queue");
  };
  EXPECT_THROW(chain.push(frame_at(1), broken), std::runtime_error);
}

TEST(Chain, AFailureAtTheEndIsTheOpsToo) {
  Harness harness;
  test::Started chain({harness.recorder({.name = "window", .breaks_at_flush = true})});
  try {
    chain.flush(harness.hand());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::op);
    EXPECT_THAT(error.info().operation, HasSubstr("window"));
    EXPECT_THAT(error.info().reason, HasSubstr("out of paper"));
  }
}

TEST(Chain, GrayscaleBehindAnOpThatWantsRgbGetsRgb) {
  Harness harness;
  test::Started chain({harness.recorder({.formats = {"rgb24"}}), [] {
                         return std::make_unique<Grayscale>();
                       }});
  chain.push(frame_at(1), harness.hand());
  const FramePtr& gray = harness.out.at(0);
  EXPECT_EQ(gray->format, AV_PIX_FMT_RGB24);
  EXPECT_EQ(test::component(*gray, 0), test::component(*gray, 1));
  EXPECT_EQ(test::component(*gray, 0), test::component(*gray, 2));
}

class Neighbourly final : public Op {
 public:
  Neighbourly(int before, int after) : before_(before), after_(after) {}

  [[nodiscard]] std::string name() const override { return "neighbourly"; }

  [[nodiscard]] OpContract contract() const override {
    return {.temporal = Temporal::window, .before = before_, .after = after_};
  }

  void push(Frame frame, const Emit& emit) override { emit(std::move(frame)); }

 private:
  const int before_;
  const int after_;
};

std::size_t frames_held(int before, int after) {
  const OpFactory op = [=] {
    return std::make_unique<Neighbourly>(before, after);
  };
  return Chain({op}, {}, base::Log()).frames_held().always;
}

bool is_refused(int before, int after) {
  try {
    frames_held(before, after);
    return false;
  } catch (const Error& error) {
    return error.info().kind == ErrorKind::usage;
  }
}

TEST(Chain, AWindowThatCannotBeIsRefused) {
  EXPECT_EQ(frames_held(2, 3), frames_held(0, 0) + 5);
  EXPECT_TRUE(is_refused(-1, 0));
  EXPECT_TRUE(is_refused(0, -1));
  EXPECT_TRUE(is_refused(0, INT_MAX));
}

/// What came out of the chain where the first frame of two could not be taken.
std::string failure_behind_a_doubling_op(std::size_t& seen) {
  Harness harness;
  test::Started chain({harness.recorder({.copies = 2})});
  const Hand full = [&](const Item& /*item*/) {
    ++seen;
    throw std::runtime_error("the disk is full");
  };
  try {
    chain.push(frame_at(1), full);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(Chain, FramesGoFurtherWhileTheOpStillMakesOthers) {
  std::size_t seen = 0;
  // Not the op's failure: it is thrown as it is, and the second copy was never asked for.
  EXPECT_EQ(failure_behind_a_doubling_op(seen), "the disk is full");
  EXPECT_EQ(seen, 1U);
}

}  // namespace
}  // namespace s3reel::ops
