#include "ops/chain.h"

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
    AVPixelFormat format = AV_PIX_FMT_NONE;  ///< NONE: any
    int copies = 1;
    bool hold = false;
    bool breaks_at_flush = false;
  };

  Recorder(Settings settings, std::vector<std::string>& log)
      : settings_(std::move(settings)), log_(log) {}

  [[nodiscard]] const char* name() const override { return settings_.name.c_str(); }

  [[nodiscard]] Contract contract() const override { return {}; }

  [[nodiscard]] AVPixelFormat accept(AVPixelFormat offered) const override {
    return settings_.format == AV_PIX_FMT_NONE ? offered : settings_.format;
  }

  void push(FramePtr frame, const Emit& emit) override {
    log_.push_back(
        settings_.name + " " + std::to_string(frame->pts) + " " +
        av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame->format)));
    for (int i = 0; i < settings_.copies; ++i) {
      FramePtr copy = media::ref_frame(*frame);
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
    for (FramePtr& frame : held_) {
      emit(std::move(frame));
    }
  }

 private:
  const Settings settings_;
  std::vector<std::string>& log_;
  std::vector<FramePtr> held_;
};

/// Throws on the frame with pts 50.
template <class Exception>
class Thrower final : public Op {
 public:
  explicit Thrower(Exception exception) : exception_(std::move(exception)) {}

  [[nodiscard]] const char* name() const override { return "thrower"; }

  [[nodiscard]] Contract contract() const override { return {}; }

  [[nodiscard]] AVPixelFormat accept(AVPixelFormat offered) const override { return offered; }

  void push(FramePtr frame, const Emit& emit) override {
    if (frame->pts == 50) {
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

  Chain::Emit emit() {
    return [this](FramePtr frame) {
      log.push_back("out " + std::to_string(frame->pts));
      out.push_back(std::move(frame));
    };
  }

  OpPtr recorder(Recorder::Settings settings) {
    return std::make_unique<Recorder>(std::move(settings), log);
  }

  static Chain chain(OpPtr first, OpPtr second = nullptr, OpPtr third = nullptr) {
    std::vector<OpPtr> ops;
    for (OpPtr* op : {&first, &second, &third}) {
      if (*op) {
        ops.push_back(std::move(*op));
      }
    }
    return Chain(std::move(ops));
  }
};

FramePtr frame_at(std::int64_t pts, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  return test::noise_frame({.format = format, .pts = pts});
}

TEST(Chain, WithoutOpsHandsFramesOnAsTheyAre) {
  Harness harness;
  Chain chain({});
  FramePtr frame = frame_at(3);
  const std::uint8_t* data = frame->data[0];
  chain.push(std::move(frame), harness.emit());
  chain.flush(harness.emit());
  ASSERT_EQ(harness.out.size(), 1U);
  EXPECT_EQ(harness.out[0]->data[0], data);
  EXPECT_EQ(chain.output_format(AV_PIX_FMT_NV12), AV_PIX_FMT_NV12);
}

TEST(Chain, RunsOpsInTheOrderGiven) {
  Harness harness;
  Chain chain = Harness::chain(harness.recorder({.name = "a"}), harness.recorder({.name = "b"}));
  chain.push(frame_at(1), harness.emit());
  EXPECT_THAT(harness.log, ElementsAre("a 1 yuv420p", "b 1 yuv420p", "out 1"));
}

TEST(Chain, AnOpMayHandOnNoneOrMany) {
  Harness harness;
  Chain chain = Harness::chain(harness.recorder({.name = "twice", .copies = 2}));
  chain.push(frame_at(1), harness.emit());
  EXPECT_EQ(harness.out.size(), 2U);
  Harness none;
  Chain silent = Harness::chain(none.recorder({.copies = 0}), none.recorder({.name = "after"}));
  silent.push(frame_at(1), none.emit());
  EXPECT_THAT(none.log, ElementsAre("recorder 1 yuv420p"));
}

TEST(Chain, FlushesEachOpIntoTheOnesBehindItBeforeThoseAreFlushed) {
  Harness harness;
  Chain chain = Harness::chain(
      harness.recorder({.name = "a", .hold = true}), harness.recorder({.name = "b", .hold = true}));
  chain.push(frame_at(1), harness.emit());
  chain.push(frame_at(2), harness.emit());
  chain.flush(harness.emit());
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
  Chain chain = Harness::chain(
      harness.recorder({.name = "any"}),
      harness.recorder({.name = "rgb", .format = AV_PIX_FMT_RGB24}),
      harness.recorder({.name = "same"}));
  chain.push(frame_at(1), harness.emit());
  EXPECT_THAT(harness.log, ElementsAre("any 1 yuv420p", "rgb 1 rgb24", "same 1 rgb24", "out 1"));
  EXPECT_EQ(chain.output_format(AV_PIX_FMT_YUV420P), AV_PIX_FMT_RGB24);
}

TEST(Chain, FollowsFramesThatChangeTheirFormat) {
  Harness harness;
  Chain chain = Harness::chain(harness.recorder({.format = AV_PIX_FMT_YUV444P}));
  chain.push(frame_at(1, AV_PIX_FMT_YUV420P), harness.emit());
  chain.push(frame_at(2, AV_PIX_FMT_YUV444P), harness.emit());
  chain.push(frame_at(3, AV_PIX_FMT_NV12), harness.emit());
  EXPECT_THAT(
      harness.log,
      testing::IsSupersetOf({"recorder 1 yuv444p", "recorder 2 yuv444p", "recorder 3 yuv444p"}));
}

TEST(Chain, AConversionKeepsTimeAndProperties) {
  Harness harness;
  Chain chain = Harness::chain(harness.recorder({.format = AV_PIX_FMT_YUV444P}));
  FramePtr frame = frame_at(1'234'567'890'123);
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  frame->sample_aspect_ratio = {4, 3};
  chain.push(std::move(frame), harness.emit());
  EXPECT_EQ(harness.out.at(0)->pts, 1'234'567'890'123);
  EXPECT_EQ(harness.out[0]->color_trc, AVCOL_TRC_SMPTE2084);
  EXPECT_EQ(av_cmp_q(harness.out[0]->sample_aspect_ratio, {4, 3}), 0);
}

template <class Exception>
ErrorInfo failure_of(Exception exception) {
  Harness harness;
  Chain chain = Harness::chain(
      harness.recorder({}), std::make_unique<Thrower<Exception>>(std::move(exception)));
  chain.push(frame_at(49), harness.emit());
  EXPECT_EQ(harness.out.size(), 1U);
  try {
    chain.push(frame_at(50), harness.emit());
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
  Chain chain = Harness::chain(harness.recorder({}));
  const auto broken = [](const FramePtr&) {
    throw std::runtime_error("queue");
  };
  EXPECT_THROW(chain.push(frame_at(1), broken), std::runtime_error);
}

TEST(Chain, AFailureAtTheEndIsTheOpsToo) {
  Harness harness;
  Chain chain = Harness::chain(harness.recorder({.name = "window", .breaks_at_flush = true}));
  try {
    chain.flush(harness.emit());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::op);
    EXPECT_THAT(error.info().operation, HasSubstr("window"));
    EXPECT_THAT(error.info().reason, HasSubstr("out of paper"));
  }
}

TEST(Chain, GrayscaleBehindAnOpThatWantsRgbGetsRgb) {
  Harness harness;
  Chain chain =
      Harness::chain(harness.recorder({.format = AV_PIX_FMT_RGB24}), std::make_unique<Grayscale>());
  chain.push(frame_at(1), harness.emit());
  const FramePtr& gray = harness.out.at(0);
  EXPECT_EQ(gray->format, AV_PIX_FMT_RGB24);
  EXPECT_EQ(test::component(*gray, 0), test::component(*gray, 1));
  EXPECT_EQ(test::component(*gray, 0), test::component(*gray, 2));
}

}  // namespace
}  // namespace s3reel::ops
