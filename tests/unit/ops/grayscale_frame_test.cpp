// What grayscale does with a frame apart from its pixels, and over a run of frames.

#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ops/grayscale.h"
#include "unit/media/frames.h"
#include "unit/ops/apply.h"

namespace s3reel::ops {
namespace {

using media::FramePtr;
using test::applied;
using test::asked;
using test::component;
using test::noise_frame;

void expect_same_properties(const AVFrame& a, const AVFrame& b) {
  EXPECT_EQ(a.pts, b.pts);
  EXPECT_EQ(av_cmp_q(a.time_base, b.time_base), 0);
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.format, b.format);
  EXPECT_EQ(av_cmp_q(a.sample_aspect_ratio, b.sample_aspect_ratio), 0);
  EXPECT_EQ(a.color_range, b.color_range);
  EXPECT_EQ(a.color_primaries, b.color_primaries);
  EXPECT_EQ(a.color_trc, b.color_trc);
  EXPECT_EQ(a.colorspace, b.colorspace);
  EXPECT_EQ(a.chroma_location, b.chroma_location);
  EXPECT_EQ(a.pict_type, b.pict_type);
  EXPECT_EQ(a.nb_side_data, b.nb_side_data);
}

TEST(Grayscale, KeepsTheFramesProperties) {
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_GBRP, AV_PIX_FMT_GRAY8}) {
    const FramePtr source = noise_frame({.format = format, .pts = 123'456'789'012});
    source->time_base = {1001, 30000};
    source->sample_aspect_ratio = {128, 117};
    source->color_range = AVCOL_RANGE_JPEG;
    source->color_primaries = AVCOL_PRI_BT2020;
    source->color_trc = AVCOL_TRC_SMPTE2084;
    source->colorspace = AVCOL_SPC_BT2020_NCL;
    source->chroma_location = AVCHROMA_LOC_TOPLEFT;
    source->pict_type = AV_PICTURE_TYPE_B;
    AVFrameSideData* side =
        av_frame_new_side_data(source.get(), AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, 4);
    std::memcpy(side->data, "abcd", 4);

    Grayscale op;
    const FramePtr gray = applied(op, media::ref_frame(*source));

    expect_same_properties(*gray, *source);
    const AVFrameSideData* kept =
        av_frame_get_side_data(gray.get(), AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(std::memcmp(kept->data, "abcd", 4), 0);
  }
}

TEST(Grayscale, SharesOneChromaPlaneAmongAllFrames) {
  Grayscale op;
  std::set<const std::uint8_t*> planes;
  std::vector<FramePtr> frames;
  for (unsigned i = 0; i < 10; ++i) {
    frames.push_back(applied(op, noise_frame({.seed = i})));
    planes.insert(frames.back()->data[1]);
    planes.insert(frames.back()->data[2]);
  }
  EXPECT_EQ(planes.size(), 1U);
}

TEST(Grayscale, FollowsAChangeOfSizeAndFormat) {
  Grayscale op;
  std::vector<FramePtr> frames;
  frames.push_back(applied(op, noise_frame({.width = 64, .height = 48})));
  frames.push_back(applied(op, noise_frame({.width = 320, .height = 240})));
  frames.push_back(applied(op, noise_frame({.format = AV_PIX_FMT_YUV444P10LE, .width = 320})));
  frames.push_back(applied(op, noise_frame({.width = 64, .height = 48})));
  for (const FramePtr& frame : frames) {
    const int middle = 1 << (test::description(frame->format).comp[1].depth - 1);
    for (const std::uint16_t sample : component(*frame, 2)) {
      ASSERT_EQ(sample, middle);
    }
  }
}

TEST(Grayscale, ItsFramesOutliveTheOp) {
  FramePtr frame;
  {
    Grayscale op;
    frame = applied(op, noise_frame({.width = 161, .height = 121}));
  }
  for (const std::uint16_t sample : component(*frame, 1)) {
    ASSERT_EQ(sample, 128);
  }
}

TEST(Grayscale, TheNextOpMayWriteWithoutTouchingOtherFrames) {
  Grayscale op;
  const FramePtr first = applied(op, noise_frame({}));
  const FramePtr second = applied(op, noise_frame({.seed = 2}));
  ASSERT_EQ(av_frame_make_writable(first.get()), 0);
  std::memset(first->data[1], 7, static_cast<std::size_t>(first->linesize[1]));
  EXPECT_EQ(component(*second, 1).front(), 128);
  EXPECT_EQ(component(*second, 2).front(), 128);
}

/// All planes in one buffer, as some decoders and libavfilter's sources deliver them.
FramePtr one_buffer_frame(AVPixelFormat format, int width, int height) {
  FramePtr frame = media::make_frame();
  frame->format = format;
  frame->width = width;
  frame->height = height;
  const int size = av_image_get_buffer_size(format, width, height, 32);
  frame->buf[0] = av_buffer_allocz(static_cast<std::size_t>(size));
  av_image_fill_arrays(
      frame->data, frame->linesize, frame->buf[0]->data, format, width, height, 32);
  std::memset(frame->buf[0]->data, 0x55, static_cast<std::size_t>(size));
  return frame;
}

TEST(Grayscale, WorksOnPlanesThatShareOneBuffer) {
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV422P}) {
    Grayscale op;
    FramePtr source = one_buffer_frame(format, 50, 34);
    const std::uint8_t* luma = source->data[0];
    const FramePtr gray = applied(op, std::move(source));
    EXPECT_EQ(gray->data[0], luma);
    EXPECT_EQ(component(*gray, 0), std::vector<std::uint16_t>(50 * 34, 0x55));
    for (const std::uint16_t sample : component(*gray, 2)) {
      ASSERT_EQ(sample, 128) << av_get_pix_fmt_name(format);
    }
    // Every plane must be held by the frame itself, or its buffer goes while it is still in use.
    for (int plane = 0; plane < 4 && gray->data[plane] != nullptr; ++plane) {
      EXPECT_NE(av_frame_get_plane_buffer(gray.get(), plane), nullptr) << plane;
    }
  }
}

TEST(Grayscale, IsStateless) {
  EXPECT_EQ(Grayscale().contract().temporal, Temporal::stateless);
}

TEST(Grayscale, AsksForAPlainFormatWhereSamplesDoNotLieInWholeBytes) {
  const Grayscale op;
  for (const AVPixelFormat odd :
       {AV_PIX_FMT_YUYV422,
        AV_PIX_FMT_UYVY422,
        AV_PIX_FMT_RGB565LE,
        AV_PIX_FMT_PAL8,
        AV_PIX_FMT_X2RGB10LE,
        AV_PIX_FMT_X2BGR10LE,
        AV_PIX_FMT_RGB48BE,
        AV_PIX_FMT_GBRPF32LE}) {
    const AVPixelFormat entry = asked(op, odd);
    EXPECT_NE(entry, odd) << av_get_pix_fmt_name(odd);
    ASSERT_NE(entry, AV_PIX_FMT_NONE) << av_get_pix_fmt_name(odd);
    EXPECT_EQ(asked(op, entry), entry) << av_get_pix_fmt_name(odd);
  }
}

TEST(Grayscale, KeepsTransparencyInWhatItAsksFor) {
  const Grayscale op;
  for (const AVPixelFormat format : {AV_PIX_FMT_AYUV64LE, AV_PIX_FMT_RGBA64BE, AV_PIX_FMT_PAL8}) {
    const AVPixelFormat entry = asked(op, format);
    EXPECT_NE(test::description(entry).flags & AV_PIX_FMT_FLAG_ALPHA, 0U)
        << av_get_pix_fmt_name(format) << " becomes " << av_get_pix_fmt_name(entry);
  }
}

TEST(Grayscale, KeepsDepthAndChromaResolutionInWhatItAsksFor) {
  const Grayscale op;
  EXPECT_EQ(asked(op, AV_PIX_FMT_YUYV422), AV_PIX_FMT_YUV422P);
  EXPECT_GE(test::description(asked(op, AV_PIX_FMT_X2RGB10LE)).comp[0].depth, 10);
  EXPECT_EQ(test::description(asked(op, AV_PIX_FMT_RGB48BE)).comp[0].depth, 16);
}

}  // namespace
}  // namespace s3reel::ops
