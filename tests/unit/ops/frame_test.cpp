// The public frame, which is libavutil's behind its own door.

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "ops/frame_access.h"
#include "unit/media/frames.h"

namespace s3reel::ops {
namespace {

Frame frame_of(AVPixelFormat format) {
  return wrap(test::blank_frame({.format = format}));
}

struct Layout {
  AVPixelFormat format;
  int plane;
  int bytes;  // 0: none
  int components;
};

class FrameSamples : public testing::TestWithParam<Layout> {};

TEST_P(FrameSamples, AreCountedInTheirPlane) {
  const Layout& wanted = GetParam();
  const auto found = frame_of(wanted.format).samples(wanted.plane);
  ASSERT_EQ(found.has_value(), wanted.bytes > 0);
  if (found) {
    EXPECT_EQ(found->bytes, wanted.bytes);
    EXPECT_EQ(found->components, wanted.components);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    FrameSamples,
    testing::Values(
        Layout{AV_PIX_FMT_YUV420P, 1, 1, 1},
        Layout{AV_PIX_FMT_YUV420P10LE, 2, 2, 1},
        Layout{AV_PIX_FMT_NV12, 0, 1, 1},
        Layout{AV_PIX_FMT_NV12, 1, 1, 2},
        Layout{AV_PIX_FMT_P010LE, 1, 2, 2},
        Layout{AV_PIX_FMT_RGB24, 0, 1, 3},
        Layout{AV_PIX_FMT_BGR0, 0, 1, 4},
        Layout{AV_PIX_FMT_GRAY16LE, 0, 2, 1},
        Layout{AV_PIX_FMT_GRAY16BE, 0, 0, 0},
        Layout{AV_PIX_FMT_MONOBLACK, 0, 0, 0},
        Layout{AV_PIX_FMT_GRAYF32LE, 0, 0, 0}),
    [](const auto& one) {
      return std::string(av_get_pix_fmt_name(one.param.format)) + "_plane_" +
             std::to_string(one.param.plane);
    });

TEST(Frame, APlaneThatIsNotThereIsRefused) {
  EXPECT_THROW(static_cast<void>(frame_of(AV_PIX_FMT_NV12).samples(2)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(frame_of(AV_PIX_FMT_NV12).plane(-1)), std::out_of_range);
}

TEST(Frame, AModelHasPropertiesAndNoPixels) {
  Frame frame = frame_of(AV_PIX_FMT_YUV420P);
  frame.set_pts(7, {1, 90000});
  const Frame model = frame.without_pixels();
  EXPECT_EQ(av(model).data[0], nullptr);
  EXPECT_EQ(model.shape(), frame.shape());

  const Frame other = model.like({.format = "rgb24", .width = 6, .height = 4});
  EXPECT_EQ(other.pts(), 7);
  EXPECT_EQ(other.time_base().den, 90000);
  EXPECT_EQ(other.plane(0).row_bytes, 18);
  EXPECT_EQ(other.plane(0).rows, 4);
}

TEST(Frame, LikeRefusesWhatNoPictureIs) {
  const Frame frame = frame_of(AV_PIX_FMT_YUV420P);
  EXPECT_THROW(
      static_cast<void>(frame.like({.format = "nosuch", .width = 6, .height = 4})),
      std::invalid_argument);
  EXPECT_THROW(
      static_cast<void>(frame.like({.format = "gray", .width = 0, .height = 4})),
      std::invalid_argument);
}

TEST(Frame, APoolMakesFramesLikeOthersOutOfTheSamePixels) {
  Frame model = frame_of(AV_PIX_FMT_YUV420P);
  model.set_pts(7, {1, 90000});
  FramePool pool;
  const std::uint8_t* pixels = nullptr;
  {
    Frame first = pool.like(model, {.format = "rgb24", .width = 6, .height = 4});
    EXPECT_EQ(first.pts(), 7);
    EXPECT_EQ(first.plane(0).row_bytes, 18);
    EXPECT_EQ(first.plane(0).rows, 4);
    pixels = first.writable_plane(0).data;
  }
  const Frame between = model.like({.format = "rgb24", .width = 6, .height = 4});
  const Frame second = pool.like(model, {.format = "rgb24", .width = 6, .height = 4});
  EXPECT_EQ(second.plane(0).data, pixels);
  EXPECT_THROW(
      static_cast<void>(pool.like(model, {.format = "nosuch", .width = 6, .height = 4})),
      std::invalid_argument);
}

TEST(Frame, WritingLeavesTheOneItWasSharedWith) {
  Frame frame = frame_of(AV_PIX_FMT_GRAY8);
  const Frame shared = frame.share();
  const std::uint8_t before = shared.plane(0).row(0)[0];
  frame.writable_plane(0).row(0)[0] = static_cast<std::uint8_t>(before + 1);
  EXPECT_EQ(shared.plane(0).row(0)[0], before);
}

}  // namespace
}  // namespace s3reel::ops
