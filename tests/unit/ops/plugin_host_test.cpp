#include "ops/plugin_host.h"

#include <cstdint>
#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "unit/media/frames.h"

namespace s3reel::ops {
namespace {

/// Calls as those of a plugin, on frames whose pixels are counted.
class PluginHostTest : public testing::Test {
 protected:
  PluginHostTest() { hosts_.emplace("tried", log_, frames_.emplace()); }

  /// One push(), with a frame that shares its pixels with pixels_.
  void push(const std::function<void(const s3reel_host&, s3reel_frame*)>& call) {
    const PluginFrames::Loan lent(*frames_, media::ref_frame(*pixels_));
    const Op::Emit emit = [](Frame /*frame*/) {
    };
    hosts_->call("push", &emit, [&](const s3reel_host* host) {
      call(*host, lent.view());
      return 0;
    });
  }

  [[nodiscard]] int holders() const { return av_buffer_get_ref_count(pixels_->buf[0]); }

  const base::Log log_;
  const media::FramePtr pixels_ = test::blank_frame({});
  std::optional<PluginFrames> frames_;
  std::optional<PluginHosts> hosts_;
};

TEST_F(PluginHostTest, AKeptFrameIsReleasedThroughTheHostOfAnEndedCall) {
  const s3reel_host* of_first = nullptr;
  s3reel_frame* kept = nullptr;
  push([&](const s3reel_host& host, s3reel_frame* frame) {
    of_first = &host;
    kept = host.keep(host.context, frame);
  });
  EXPECT_EQ(holders(), 2);
  of_first->release(of_first->context, kept);
  EXPECT_EQ(holders(), 1);
}

TEST_F(PluginHostTest, CallsAtTheSameTimeHaveHostsOfTheirOwn) {
  bool are_two = false;
  push([&](const s3reel_host& outer, s3reel_frame* /*frame*/) {
    push([&](const s3reel_host& inner, s3reel_frame* frame) {
      are_two = &inner != &outer;
      outer.release(outer.context, inner.keep(inner.context, frame));
    });
  });
  EXPECT_TRUE(are_two);
  EXPECT_EQ(holders(), 1);
}

TEST_F(PluginHostTest, AFrameThatWasHandedOnIsGoneEvenBeforeTheCallEnds) {
  std::int32_t emitted = 1;
  const s3reel_frame* kept = nullptr;
  push([&](const s3reel_host& host, s3reel_frame* frame) {
    emitted = host.emit(host.context, frame);
    kept = host.keep(host.context, frame);
  });
  EXPECT_EQ(emitted, 0);
  EXPECT_EQ(kept, nullptr);
}

TEST_F(PluginHostTest, NothingIsHandedOnBetweenCalls) {
  const s3reel_host* ended = nullptr;
  s3reel_frame* kept = nullptr;
  push([&](const s3reel_host& host, s3reel_frame* frame) {
    ended = &host;
    kept = host.keep(host.context, frame);
  });
  EXPECT_NE(ended->emit(ended->context, kept), 0);
  EXPECT_EQ(holders(), 1);
  EXPECT_NO_THROW(push([](const s3reel_host&, s3reel_frame*) {}));
}

TEST_F(PluginHostTest, FramesThatAreLeftEndWithTheInstance) {
  push([](const s3reel_host& host, s3reel_frame* frame) {
    EXPECT_NE(host.keep(host.context, frame), nullptr);
    EXPECT_NE(host.keep(host.context, frame), nullptr);
  });
  EXPECT_EQ(holders(), 3);
  hosts_.reset();
  frames_.reset();
  EXPECT_EQ(holders(), 1);
}

}  // namespace
}  // namespace s3reel::ops
