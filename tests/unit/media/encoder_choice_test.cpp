#include "media/encoder_choice.h"

#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::media {
namespace {

using testing::HasSubstr;

struct Row {
  std::string name;
  AVCodecID source;
  AVPixelFormat format;
  Container container = Container::mp4;
  int width = 64;
  int height = 48;
  std::string encoder;
  AVPixelFormat fed;
  std::string reason{};  ///< a part of it; empty: there must be none
  std::string loss{};    ///< the same
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

/// The source's codec goes on.
std::vector<Row> same_codec() {
  using enum Container;
  const auto h264 = AV_CODEC_ID_H264;
  const auto yuv420 = AV_PIX_FMT_YUV420P;
  return {
      {.name = "H264", .source = h264, .format = yuv420, .encoder = "libx264", .fed = yuv420},
      {.name = "Hevc",
       .source = AV_CODEC_ID_HEVC,
       .format = yuv420,
       .encoder = "libx265",
       .fed = yuv420},
      {.name = "Av1",
       .source = AV_CODEC_ID_AV1,
       .format = yuv420,
       .encoder = "libsvtav1",
       .fed = yuv420},
      {.name = "Vp9",
       .source = AV_CODEC_ID_VP9,
       .format = yuv420,
       .encoder = "libvpx-vp9",
       .fed = yuv420},
      {.name = "HevcTenBit",
       .source = AV_CODEC_ID_HEVC,
       .format = AV_PIX_FMT_YUV420P10,
       .encoder = "libx265",
       .fed = AV_PIX_FMT_YUV420P10},
      {.name = "HevcTwelveBit",
       .source = AV_CODEC_ID_HEVC,
       .format = AV_PIX_FMT_YUV422P12,
       .encoder = "libx265",
       .fed = AV_PIX_FMT_YUV422P12},
      {.name = "H264TenBit",
       .source = h264,
       .format = AV_PIX_FMT_YUV422P10,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV422P10},
      {.name = "FullRangeNameWhereTheEncoderLacksIt",
       .source = AV_CODEC_ID_AV1,
       .format = AV_PIX_FMT_YUVJ420P,
       .encoder = "libsvtav1",
       .fed = yuv420},
      {.name = "Vp9FourFourFourTenBit",
       .source = AV_CODEC_ID_VP9,
       .format = AV_PIX_FMT_YUV444P10,
       .container = mkv,
       .encoder = "libvpx-vp9",
       .fed = AV_PIX_FMT_YUV444P10}};
}

/// Sizes that subsampled chroma does not divide.
std::vector<Row> odd_sizes() {
  const auto h264 = AV_CODEC_ID_H264;
  const auto yuv420 = AV_PIX_FMT_YUV420P;
  return {
      {.name = "OddWidthGetsFullChroma",
       .source = h264,
       .format = yuv420,
       .width = 161,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P},
      {.name = "OddHeightGetsFullChroma",
       .source = h264,
       .format = yuv420,
       .height = 121,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P},
      {.name = "OddHeightIsFineWithoutVerticalSubsampling",
       .source = h264,
       .format = AV_PIX_FMT_YUV422P,
       .height = 121,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV422P},
      {.name = "OddTenBitGetsFullChromaOfTenBit",
       .source = h264,
       .format = AV_PIX_FMT_YUV420P10,
       .width = 161,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P10},
      {.name = "OddVp9StaysAsItIs",
       .source = AV_CODEC_ID_VP9,
       .format = yuv420,
       .width = 161,
       .height = 121,
       .encoder = "libvpx-vp9",
       .fed = yuv420}};
}

/// Another codec, or another pixel format.
std::vector<Row> other_codec() {
  using enum Container;
  const auto yuv420 = AV_PIX_FMT_YUV420P;
  return {
      {.name = "Av1WithChromaTheEncoderRefuses",
       .source = AV_CODEC_ID_AV1,
       .format = AV_PIX_FMT_YUV444P,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P,
       .reason = "libsvtav1 does not take yuv444p"},
      {.name = "Vp9IntoMovWhichRefusesIt",
       .source = AV_CODEC_ID_VP9,
       .format = yuv420,
       .container = mov,
       .encoder = "libx264",
       .fed = yuv420,
       .reason = "mov does not take vp9"},
      {.name = "Vp8IsEncodedAsH264",
       .source = AV_CODEC_ID_VP8,
       .format = yuv420,
       .encoder = "libx264",
       .fed = yuv420,
       .reason = "vp8"},
      {.name = "ProResIsEncodedAsH264InItsDepth",
       .source = AV_CODEC_ID_PRORES,
       .format = AV_PIX_FMT_YUV422P10,
       .container = mov,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV422P10,
       .reason = "prores"},
      {.name = "RgbLosesItsColourModelOnly",
       .source = AV_CODEC_ID_PNG,
       .format = AV_PIX_FMT_RGB24,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P,
       .reason = "png",
       .loss = "colour model"},
      {.name = "SixteenBitIsReducedAndSaid",
       .source = AV_CODEC_ID_FFV1,
       .format = AV_PIX_FMT_YUV444P16,
       .container = mkv,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P10,
       .reason = "ffv1",
       .loss = "bit depth"},
      {.name = "TransparencyIsReducedAndSaid",
       .source = AV_CODEC_ID_PRORES,
       .format = AV_PIX_FMT_YUVA444P10,
       .container = mov,
       .encoder = "libx264",
       .fed = AV_PIX_FMT_YUV444P10,
       .reason = "prores",
       .loss = "transparency"}};
}

EncoderInput input_of(const Row& row) {
  return {
      .source_codec = row.source,
      .format = row.format,
      .width = row.width,
      .height = row.height,
      .time_base = {1, 90'000}};
}

void expect_words(const std::string& text, const std::string& words) {
  if (words.empty()) {
    EXPECT_EQ(text, "");
  } else {
    EXPECT_THAT(text, HasSubstr(words));
  }
}

class EncoderTable : public testing::TestWithParam<Row> {};

TEST_P(EncoderTable, ChoosesEncoderAndFormatAndSaysWhy) {
  const Row& row = GetParam();
  const EncoderChoice choice = choose_encoder({}, row.container, input_of(row));
  ASSERT_NE(choice.codec, nullptr);
  EXPECT_EQ(choice.codec->name, row.encoder);
  EXPECT_STREQ(av_get_pix_fmt_name(choice.format), av_get_pix_fmt_name(row.fed));
  expect_words(choice.reason, row.reason);
  expect_words(choice.format_loss, row.loss);
}

std::string row_name(const testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

INSTANTIATE_TEST_SUITE_P(SameCodec, EncoderTable, testing::ValuesIn(same_codec()), row_name);
INSTANTIATE_TEST_SUITE_P(OddSizes, EncoderTable, testing::ValuesIn(odd_sizes()), row_name);
INSTANTIATE_TEST_SUITE_P(OtherCodec, EncoderTable, testing::ValuesIn(other_codec()), row_name);

const EncoderInput kH264Input{
    .source_codec = AV_CODEC_ID_H264,
    .format = AV_PIX_FMT_YUV420P,
    .width = 64,
    .height = 48,
    .time_base = {1, 90'000}};

std::string refusal(const std::string& codec, Container container) {
  try {
    choose_encoder({.codec = codec}, container, kH264Input);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_EQ(error.info().subject, codec);
    return error.what();
  }
  return {};
}

TEST(EncoderChoice, TheUsersCodecIsUsedWithoutAReason) {
  const EncoderChoice choice = choose_encoder({.codec = "libx265"}, Container::mp4, kH264Input);
  EXPECT_STREQ(choice.codec->name, "libx265");
  EXPECT_EQ(choice.reason, "");
}

TEST(EncoderChoice, AnUnknownEncoderIsRefused) {
  EXPECT_NE(refusal("x264", Container::mp4), "");
  EXPECT_NE(refusal("no-such-thing", Container::mkv), "");
}

TEST(EncoderChoice, AnEncoderOfSoundOrADecoderIsRefused) {
  EXPECT_NE(refusal("aac", Container::mp4), "");
  EXPECT_NE(refusal("libdav1d", Container::mp4), "");
}

TEST(EncoderChoice, AUsersCodecThatTheContainerRefusesIsAnErrorNotASubstitute) {
  EXPECT_THAT(refusal("ffv1", Container::mp4), HasSubstr("mp4"));
  EXPECT_THAT(refusal("libvpx-vp9", Container::mov), HasSubstr("mov"));
  EXPECT_THAT(refusal("prores_ks", Container::mp4), HasSubstr("mp4"));
}

TEST(EncoderChoice, AUsersCodecThatCannotKeepTheTimesIsRefused) {
  EXPECT_THAT(refusal("mpeg4", Container::mp4), HasSubstr("1/90000"));
}

TEST(EncoderChoice, NamesTheSameCodecWhereThereIsAGoodFreeEncoder) {
  EXPECT_STREQ(encoder_name(AV_CODEC_ID_H264), "libx264");
  EXPECT_STREQ(encoder_name(AV_CODEC_ID_HEVC), "libx265");
  EXPECT_STREQ(encoder_name(AV_CODEC_ID_AV1), "libsvtav1");
  EXPECT_STREQ(encoder_name(AV_CODEC_ID_VP9), "libvpx-vp9");
  EXPECT_STREQ(encoder_name(AV_CODEC_ID_MPEG2VIDEO), "libx264");
}

}  // namespace
}  // namespace s3reel::media
