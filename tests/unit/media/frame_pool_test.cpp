#include "media/frame_pool.h"

#include <cstdint>
#include <cstring>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "media/ptr.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

FramePtr blank(AVPixelFormat format, int width, int height) {
  FramePtr frame = make_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  return frame;
}

FramePtr filled(FramePool& pool, AVPixelFormat format, int width, int height) {
  FramePtr frame = blank(format, width, height);
  pool.fill(*frame);
  return frame;
}

/// Of all planes, with padding.
void paint(AVFrame& frame, int value) {
  for (int plane = 0; plane < av_pix_fmt_count_planes(static_cast<AVPixelFormat>(frame.format));
       ++plane) {
    const AVPixFmtDescriptor& pixel =
        *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const bool chroma = plane == 1 || plane == 2;
    const int rows = chroma ? AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h) : frame.height;
    std::memset(
        frame.data[plane],
        value,
        static_cast<std::size_t>(rows) * static_cast<std::size_t>(frame.linesize[plane]));
  }
}

TEST(FramePool, UsesPixelsAgainThatNobodyHolds) {
  FramePool pool;
  FramePtr first = filled(pool, AV_PIX_FMT_RGB24, 97, 65);
  const std::uint8_t* pixels = first->data[0];
  first.reset();
  FramePool other;  // whatever went back to the allocator would be here now
  const FramePtr between = filled(other, AV_PIX_FMT_RGB24, 97, 65);
  const FramePtr second = filled(pool, AV_PIX_FMT_RGB24, 97, 65);
  EXPECT_EQ(second->data[0], pixels);
}

TEST(FramePool, LeavesPixelsAloneThatSomebodyHolds) {
  FramePool pool;
  FramePtr first = filled(pool, AV_PIX_FMT_GRAY8, 32, 32);
  const FramePtr held = ref_frame(*first);
  const std::uint8_t* pixels = first->data[0];
  first.reset();
  std::set<const std::uint8_t*> seen{pixels};
  for (int i = 0; i < 4; ++i) {
    const FramePtr other = filled(pool, AV_PIX_FMT_GRAY8, 32, 32);
    paint(*other, i);
    EXPECT_NE(other->data[0], pixels);
  }
  EXPECT_EQ(held->data[0], pixels);
}

TEST(FramePool, FramesOutliveThePoolAndItsChanges) {
  FramePtr small;
  FramePtr large;
  {
    FramePool pool;
    small = filled(pool, AV_PIX_FMT_YUV420P, 16, 16);
    paint(*small, 7);
    large = filled(pool, AV_PIX_FMT_YUV420P10, 128, 64);
    paint(*large, 9);
    const FramePtr again = filled(pool, AV_PIX_FMT_YUV420P, 16, 16);
    paint(*again, 1);
  }
  EXPECT_EQ(small->data[0][0], 7);
  EXPECT_EQ(small->data[2][0], 7);
  EXPECT_EQ(large->data[0][0], 9);
}

/// Every pixel format of libavutil, at odd sizes: libavutil's own test of a frame's layout, and
/// room behind the last line for whoever writes whole vectors.
TEST(FramePool, MakesEveryFormatThatLibavutilMakes) {
  int formats = 0;
  for (const AVPixFmtDescriptor* pixel = av_pix_fmt_desc_next(nullptr); pixel != nullptr;
       pixel = av_pix_fmt_desc_next(pixel)) {
    if ((pixel->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) {
      continue;
    }
    const AVPixelFormat format = av_pix_fmt_desc_get_id(pixel);
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(97, 65), std::pair(640, 360)}) {
      const FramePtr theirs = blank(format, width, height);
      ASSERT_EQ(av_frame_get_buffer(theirs.get(), 0), 0) << pixel->name;
      FramePool pool;
      const FramePtr ours = filled(pool, format, width, height);
      EXPECT_TRUE(av_frame_is_writable(ours.get()) != 0) << pixel->name;
      EXPECT_EQ(av_frame_copy(ours.get(), theirs.get()), 0) << pixel->name;
      for (int plane = 0; plane < AV_NUM_DATA_POINTERS; ++plane) {
        EXPECT_EQ(ours->data[plane] == nullptr, theirs->data[plane] == nullptr) << pixel->name;
        EXPECT_EQ(ours->linesize[plane] % 64, 0) << pixel->name;
      }
      for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
        EXPECT_GE(ours->linesize[plane], av_image_get_linesize(format, width, plane));
      }
      paint(*ours, 255);
      ++formats;
    }
  }
  EXPECT_GT(formats, 300);
}

TEST(FramePool, RefusesWhatCannotBe) {
  FramePool pool;
  const FramePtr frame = blank(AV_PIX_FMT_RGBA64, 1 << 30, 1 << 30);
  EXPECT_THROW(pool.fill(*frame), Error);
  EXPECT_EQ(frame->buf[0], nullptr);
}

}  // namespace
}  // namespace s3reel::media
