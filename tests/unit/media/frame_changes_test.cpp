#include "media/frame_changes.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/media/frames.h"

namespace s3reel::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FramePtr frame_at(std::int64_t pts, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  return test::blank_frame({.format = format, .pts = pts, .range = AVCOL_RANGE_MPEG});
}

TEST(FrameChanges, FramesThatAgreeLoseNothing) {
  FrameChanges changes(*frame_at(0));
  for (int i = 0; i < 3; ++i) {
    changes.look(*frame_at(i));
  }
  EXPECT_THAT(changes.losses(), IsEmpty());
}

TEST(FrameChanges, WhatIsOnlyStatedOtherwiseIsNoChange) {
  const FramePtr first = frame_at(0);
  first->color_range = AVCOL_RANGE_UNSPECIFIED;
  FrameChanges changes(*first);
  const FramePtr square = frame_at(1);
  square->sample_aspect_ratio = {1, 1};
  changes.look(*square);
  EXPECT_THAT(changes.losses(), IsEmpty());
}

TEST(FrameChanges, EachPropertyIsNamedWithCountAndTime) {
  const std::vector<std::pair<const char*, std::function<void(AVFrame&)>>> cases{
      {"colour range",
       [](AVFrame& frame) {
         frame.color_range = AVCOL_RANGE_JPEG;
       }},
      {"colour range",
       [](AVFrame& frame) {
         frame.format = AV_PIX_FMT_YUVJ420P;
       }},
      {"pixel format",
       [](AVFrame& frame) {
         frame.format = AV_PIX_FMT_YUV422P;
       }},
      {"colour description",
       [](AVFrame& frame) {
         frame.colorspace = AVCOL_SPC_BT2020_NCL;
       }},
      {"colour description",
       [](AVFrame& frame) {
         frame.color_trc = AVCOL_TRC_SMPTE2084;
       }},
      {"colour description",
       [](AVFrame& frame) {
         frame.color_primaries = AVCOL_PRI_BT2020;
       }},
      {"shape of a pixel", [](AVFrame& frame) {
         frame.sample_aspect_ratio = {4, 3};
       }}};
  for (const auto& [name, change] : cases) {
    FrameChanges changes(*frame_at(0));
    for (int i = 0; i < 75; ++i) {
      const FramePtr frame = frame_at(i);
      if (i == 25 || i == 26 || i == 50) {  // there, back, there and back again
        change(*frame);
      }
      changes.look(*frame);
    }
    EXPECT_THAT(
        changes.losses(),
        ElementsAre(AllOf(HasSubstr(name), HasSubstr("changes 4 times, first at 1.000 s"))));
  }
}

}  // namespace
}  // namespace s3reel::media
