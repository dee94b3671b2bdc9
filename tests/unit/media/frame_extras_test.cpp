#include "media/frame_extras.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/ptr.h"

namespace s3reel::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array<std::uint8_t, 17> kByX264{
    0xdc,
    0x45,
    0xe9,
    0xbd,
    0xe6,
    0xd9,
    0x48,
    0xb7,
    0x96,
    0x2c,
    0xd8,
    0x20,
    0xd9,
    0x23,
    0xee,
    0xef,
    0x20};

CodecPtr encoder(const char* name) {
  return CodecPtr(avcodec_alloc_context3(avcodec_find_encoder_by_name(name)));
}

FramePtr frame_with(AVFrameSideDataType type, std::array<std::uint8_t, 17> bytes = {}) {
  FramePtr frame = make_frame();
  AVFrameSideData* data = av_frame_new_side_data(frame.get(), type, bytes.size());
  std::copy(bytes.begin(), bytes.end(), data->data);
  return frame;
}

std::vector<std::string> losses(const char* encoder_name, const FramePtr& frame) {
  const CodecPtr codec = encoder(encoder_name);
  FrameExtras extras(*codec);
  extras.look(*frame);
  extras.look(*frame);
  return extras.losses();
}

TEST(FrameExtras, WhatNobodyKeepsIsSaidOnce) {
  EXPECT_THAT(
      losses("libx264", frame_with(AV_FRAME_DATA_DYNAMIC_HDR_PLUS)),
      ElementsAre(HasSubstr("HDR10+")));
  EXPECT_THAT(
      losses("libx264", frame_with(AV_FRAME_DATA_S12M_TIMECODE)),
      ElementsAre(HasSubstr("timecode")));
}

TEST(FrameExtras, DolbyVisionInTheBitstreamIsLost) {
  EXPECT_THAT(
      losses("libx265", frame_with(AV_FRAME_DATA_DOVI_RPU_BUFFER)),
      ElementsAre(HasSubstr("Dolby Vision")));
  EXPECT_THAT(
      losses("libx265", frame_with(AV_FRAME_DATA_DOVI_METADATA)),
      ElementsAre(HasSubstr("Dolby Vision")));
}

TEST(FrameExtras, ATimeCodeIsMissedUnlessItOnlyCountsFromZero) {
  const FramePtr zero = frame_with(AV_FRAME_DATA_GOP_TIMECODE, {0x00, 0x10});  // the marker
  const FramePtr later = frame_with(AV_FRAME_DATA_GOP_TIMECODE, {0x0C, 0x10});
  EXPECT_THAT(losses("libx264", later), ElementsAre(HasSubstr("GOP timecode")));
  const CodecPtr codec = encoder("libx264");
  FrameExtras extras(*codec);
  extras.look(*zero);
  extras.look(*later);
  EXPECT_THAT(extras.losses(), IsEmpty());
}

TEST(FrameExtras, CaptionsAreLostUnlessTheEncoderWritesThem) {
  const FramePtr frame = frame_with(AV_FRAME_DATA_A53_CC);
  EXPECT_THAT(losses("libx264", frame), IsEmpty());
  EXPECT_THAT(losses("libvpx-vp9", frame), ElementsAre(HasSubstr("Closed Captions")));
}

TEST(FrameExtras, TheOldEncodersMessageAboutItselfIsNotMissed) {
  EXPECT_THAT(losses("libx264", frame_with(AV_FRAME_DATA_SEI_UNREGISTERED, kByX264)), IsEmpty());
  EXPECT_THAT(
      losses("libx264", frame_with(AV_FRAME_DATA_SEI_UNREGISTERED)),
      ElementsAre(HasSubstr("Unregistered")));
}

TEST(FrameExtras, WhatTheContainerKeepsIsNotMissed) {
  EXPECT_THAT(losses("libx265", frame_with(AV_FRAME_DATA_DISPLAYMATRIX)), IsEmpty());
  EXPECT_THAT(losses("libx265", frame_with(AV_FRAME_DATA_MASTERING_DISPLAY_METADATA)), IsEmpty());
}

}  // namespace
}  // namespace s3reel::media
