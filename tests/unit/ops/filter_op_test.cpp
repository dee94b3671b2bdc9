#include "ops/filter_op.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/first_frame.h"
#include "media/library.h"
#include "unit/media/frames.h"
#include "unit/ops/apply.h"

namespace s3reel::ops {
namespace {

using testing::ElementsAre;

constexpr int kSmall = 16;

media::FramePtr grey(int width, int height, std::int64_t pts, int light) {
  media::FramePtr frame = test::blank_frame({.width = width, .height = height, .pts = pts});
  for (int plane = 0; plane < 3; ++plane) {
    const int rows = plane == 0 ? height : height / 2;
    const auto bytes =
        static_cast<std::size_t>(frame->linesize[plane]) * static_cast<std::size_t>(rows);
    std::memset(frame->data[plane], plane == 0 ? light : 128, bytes);
  }
  return frame;
}

/// Pictures of 16x16, one for every `step` ticks, each as light as its number.
class Numbered final : public media::GraphInput {
 public:
  Numbered(int step, int count) : step_(step), count_(count), like_(next()) { next_ = 0; }

  [[nodiscard]] const AVFrame& like() const override { return *like_; }

  [[nodiscard]] AVRational frame_rate() const override { return {25, step_}; }

  media::FramePtr next() override {
    if (next_ == count_) {
      return {};
    }
    const int number = next_++;
    return grey(kSmall, kSmall, std::int64_t{number} * step_, number);
  }

  [[nodiscard]] int given() const { return next_; }

 private:
  int step_;
  int count_;
  int next_ = 0;
  media::FramePtr like_;
};

class FilterOpTest : public testing::Test {
 protected:
  void SetUp() override { media::silence_libraries(); }

  void make(const std::string& text, const std::shared_ptr<media::GraphInput>& input = {}) {
    const media::FilterRecipe recipe{.text = text};
    media::GraphInputs inputs;
    if (input) {
      inputs.emplace("b", input);
    }
    op_ = std::make_unique<FilterOp>(FilterOp::Settings{
        .name = "filter",
        .recipe = recipe,
        .contract = contract_of(recipe),
        .inputs = std::move(inputs)});
  }

  /// Ten frames of video, `step` ticks apart, the second half of another size.
  void run(int step = 1) {
    for (int i = 0; i < 10; ++i) {
      const int pts = i * step;
      take(test::push(*op_, i < 5 ? grey(64, 48, pts, 200) : grey(32, 24, pts, 200)));
    }
  }

  void end() { take(test::flush(*op_)); }

  std::unique_ptr<FilterOp> op_;
  std::vector<std::int64_t> times_;
  std::vector<int> widths_;
  std::vector<int> light_;  ///< in the upper left corner, where the input is seen

 private:
  void take(const std::vector<media::FramePtr>& frames) {
    for (const media::FramePtr& frame : frames) {
      times_.push_back(av_rescale_q(frame->pts, frame->time_base, {1, 25}));
      widths_.push_back(frame->width);
      light_.push_back(frame->data[0][0]);
    }
  }
};

TEST_F(FilterOpTest, AnInputGoesOnWhereItWasWhenTheSizeChanges) {
  make("[in][b]overlay", std::make_shared<Numbered>(1, 10));
  run();
  end();
  EXPECT_THAT(times_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(widths_, ElementsAre(64, 64, 64, 64, 64, 32, 32, 32, 32, 32));
  EXPECT_THAT(light_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(FilterOpTest, AnInputThatIsSlowerIsStillSeenAfterAChangeOfSize) {
  make("[in][b]overlay", std::make_shared<Numbered>(4, 10));
  run();
  EXPECT_THAT(times_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(light_, ElementsAre(0, 0, 0, 0, 1, 1, 1, 1, 2, 2));
}

TEST_F(FilterOpTest, AnInputThatIsFasterAddsNoFrameAtAChangeOfSize) {
  make("[in][b]overlay", std::make_shared<Numbered>(1, 40));
  run(2);
  EXPECT_THAT(times_, ElementsAre(0, 2, 4, 6, 8, 10, 12, 14, 16, 18));
  EXPECT_THAT(light_, ElementsAre(0, 2, 4, 6, 8, 10, 12, 14, 16, 18));
}

TEST_F(FilterOpTest, FramesThatAGraphHoldsAndMovesComeOutAtAChangeOfSize) {
  make("setpts=PTS+100,yadif");
  run();
  end();
  EXPECT_THAT(times_, ElementsAre(100, 101, 102, 103, 104, 105, 106, 107, 108, 109));
}

TEST_F(FilterOpTest, AChangeOfSizeReadsNothingAhead) {
  const auto input = std::make_shared<Numbered>(1, 1000);
  make("[in][b]overlay", input);
  run();
  EXPECT_LE(input->given(), 12);
  end();
  EXPECT_EQ(input->given(), 1000) << "it is longer than the video, and shown to its end";
}

TEST_F(FilterOpTest, AnInputThatFollowsDoesNotBeginAtAChangeOfSize) {
  make("[in]scale=16:16[a];[a][b]concat", std::make_shared<Numbered>(1, 3));
  run();
  EXPECT_EQ(times_.size(), 10U);
  end();
  EXPECT_THAT(std::vector<int>(light_.end() - 3, light_.end()), ElementsAre(0, 1, 2));
  EXPECT_TRUE(std::is_sorted(times_.begin(), times_.end()));
}

Temporal temporal(const std::string& text) {
  return contract_of({.text = text}).temporal;
}

TEST(ContractOf, FiltersThatLookAtOneFrameAreStateless) {
  for (const char* text :
       {"crop=w=64:x=in_w/4", "hflip,eq=gamma=2", "drawbox=x=3:y=in_h/2:c=red", "pad=64:48:2:2"}) {
    EXPECT_EQ(temporal(text), Temporal::stateless) << text;
  }
}

TEST(ContractOf, FiltersThatRememberAreSequential) {
  for (const char* text :
       {"hqdn3d",
        "hflip,yadif",
        "nosuchfilteryet",
        "vignette",  // its dither goes on from frame to frame
        "noise=alls=20:allf=t"}) {
    EXPECT_EQ(temporal(text), Temporal::sequential) << text;
  }
}

TEST(ContractOf, ExpressionsThatRememberAreNotHiddenByQuotesAndEscapes) {
  for (const char* text :
       {"crop=w=64:x=n",
        "crop=w=64:x='n'",
        "crop=w=64:x=ra\\ndom(0)",
        "hue=h=s't'(0\\,1)",
        "crop=64:48:x='if(isnan(x),0,x+2)'"}) {
    EXPECT_EQ(temporal(text), Temporal::sequential) << text;
  }
}

TEST(ContractOf, ColoursByChanceAreSequential) {
  for (const char* text :
       {"pad=64:48:color=bikeshed", "drawbox=c=Random", "drawbox=c=0xrandom@0.5"}) {
    EXPECT_EQ(temporal(text), Temporal::sequential) << text;
  }
}

}  // namespace
}  // namespace s3reel::ops
