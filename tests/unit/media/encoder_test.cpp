#include "media/encoder.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/compat.h"
#include "media/decoder.h"
#include "media/library.h"
#include "unit/media/frames.h"

namespace s3reel::media {
namespace {

using testing::HasSubstr;

// The smallest picture that all of these encoders take.
const test::FrameSpec kSpec{.width = 64, .height = 64};

struct Setup {
  std::string name;
  std::map<std::string, std::string> options{};
};

VideoSettings settings_of(const Setup& setup) {
  return {.codec = setup.name, .options = setup.options, .threads = 1};
}

EncoderChoice choice_of(const std::string& name, AVPixelFormat format = AV_PIX_FMT_YUV420P) {
  return {.codec = avcodec_find_encoder_by_name(name.c_str()), .format = format};
}

/// Irregular times, as of a screen recording.
std::vector<std::int64_t> irregular_times(int count) {
  std::vector<std::int64_t> times;
  std::int64_t at = 1'000;
  for (int i = 0; i < count; ++i) {
    times.push_back(at);
    at += 3'000 + (i * 7'919) % 9'000;
  }
  return times;
}

std::int64_t duration_of(std::int64_t pts) {
  return 100 + pts % 977;
}

struct Result {
  std::vector<PacketPtr> packets;
  std::size_t before_drain = 0;
};

Result encode(VideoEncoder& encoder, const std::vector<std::int64_t>& times, test::FrameSpec spec) {
  Result result;
  const auto keep = [&](PacketPtr packet) {
    result.packets.push_back(std::move(packet));
  };
  for (std::size_t i = 0; i < times.size(); ++i) {
    spec.pts = times[i];
    FramePtr frame = test::moving_frame(spec, static_cast<int>(i));
    compat::set_frame_duration(*frame, duration_of(times[i]));
    frame->pict_type = AV_PICTURE_TYPE_I;  // of the source; not to be copied
    encoder.encode(std::move(frame), keep);
  }
  result.before_drain = result.packets.size();
  encoder.drain(keep);
  return result;
}

const EncoderContext kContext{
    .time_base = {1, 90'000}, .frame_rate = {25, 1}, .sample_aspect = {4, 3}};

class EveryEncoder : public testing::TestWithParam<Setup> {
 protected:
  static void SetUpTestSuite() { silence_libraries(); }
};

TEST_P(EveryEncoder, PacketsCarryTheTimesAndDurationsOfTheirFrames) {
  const auto times = irregular_times(30);
  const FramePtr first = test::moving_frame(kSpec, 0);
  VideoEncoder encoder(choice_of(GetParam().name), settings_of(GetParam()), kContext, *first);
  const Result result = encode(encoder, times, kSpec);
  ASSERT_EQ(result.packets.size(), times.size()) << "drained to the last frame";
  std::vector<std::int64_t> shown;
  std::int64_t last = INT64_MIN;
  for (const PacketPtr& packet : result.packets) {
    shown.push_back(packet->pts);
    EXPECT_EQ(packet->duration, duration_of(packet->pts));
    EXPECT_EQ(av_cmp_q(packet->time_base, {1, 90'000}), 0);
    EXPECT_GT(packet->dts, last);
    EXPECT_LE(packet->dts, packet->pts);
    last = packet->dts;
  }
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown, times);
}

TEST_P(EveryEncoder, RefusesAFrameOfAnotherSize) {
  const FramePtr first = test::moving_frame(kSpec, 0);
  VideoEncoder encoder(choice_of(GetParam().name), settings_of(GetParam()), kContext, *first);
  const auto drop = [](const PacketPtr&) {
  };
  encoder.encode(test::moving_frame(kSpec, 0), drop);
  for (const auto& [width, height] : {std::pair{128, 64}, std::pair{64, 32}}) {
    test::FrameSpec spec = kSpec;
    spec.width = width;
    spec.height = height;
    spec.pts = 90'000;
    try {
      encoder.encode(test::moving_frame(spec, 1), drop);
      ADD_FAILURE() << width << "x" << height << " went in";
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::input);
      EXPECT_THAT(
          error.info().reason,
          HasSubstr(fmt::format("from 64x64 to {}x{} at 1.000 s", width, height)));
    }
  }
}

TEST_P(EveryEncoder, EncodesASingleFrame) {
  const FramePtr first = test::moving_frame(kSpec, 0);
  VideoEncoder encoder(choice_of(GetParam().name), settings_of(GetParam()), kContext, *first);
  const Result result = encode(encoder, {77}, kSpec);
  ASSERT_EQ(result.packets.size(), 1U);
  EXPECT_EQ(result.packets[0]->pts, 77);
  EXPECT_LE(result.packets[0]->dts, 77);
}

TEST_P(EveryEncoder, AnUnknownOptionIsAUsageErrorThatNamesIt) {
  VideoSettings settings = settings_of(GetParam());
  settings.options.emplace("no-such-option", "1");
  const FramePtr first = test::moving_frame(kSpec, 0);
  try {
    const VideoEncoder encoder(choice_of(GetParam().name), settings, kContext, *first);
    ADD_FAILURE() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_THAT(error.what(), HasSubstr("no-such-option"));
    EXPECT_THAT(error.what(), HasSubstr(GetParam().name));
  }
}

TEST_P(EveryEncoder, TakesOverColourAndAspect) {
  const FramePtr first = test::moving_frame(kSpec, 0);
  first->color_range = AVCOL_RANGE_MPEG;
  first->color_primaries = AVCOL_PRI_BT709;
  first->color_trc = AVCOL_TRC_BT709;
  first->colorspace = AVCOL_SPC_BT709;
  first->chroma_location = AVCHROMA_LOC_LEFT;
  // It dies without a frame, as in a job that fails early.
  const VideoEncoder encoder(choice_of(GetParam().name), settings_of(GetParam()), kContext, *first);
  const AVCodecContext& codec = encoder.context();
  EXPECT_EQ(codec.color_range, AVCOL_RANGE_MPEG);
  EXPECT_EQ(codec.color_primaries, AVCOL_PRI_BT709);
  EXPECT_EQ(codec.color_trc, AVCOL_TRC_BT709);
  EXPECT_EQ(codec.colorspace, AVCOL_SPC_BT709);
  EXPECT_EQ(codec.chroma_sample_location, AVCHROMA_LOC_LEFT);
  EXPECT_EQ(av_cmp_q(codec.sample_aspect_ratio, {4, 3}), 0);
  EXPECT_EQ(codec.width, first->width);
}

INSTANTIATE_TEST_SUITE_P(
    Encoders,
    EveryEncoder,
    testing::Values(
        Setup{"libx264", {{"preset", "veryfast"}}},
        Setup{"libx265", {{"preset", "ultrafast"}, {"x265-params", "pools=1:bframes=4"}}},
        Setup{"libsvtav1", {{"preset", "12"}}},
        Setup{"libvpx-vp9", {{"deadline", "realtime"}}}),
    [](const testing::TestParamInfo<Setup>& one) {
      std::string name = one.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

class X264 : public testing::Test {
 protected:
  static void SetUpTestSuite() { silence_libraries(); }

  static std::vector<PacketPtr> run(const VideoSettings& settings, int frames) {
    const FramePtr first = test::moving_frame(kSpec, 0);
    VideoEncoder encoder(choice_of("libx264"), settings, kContext, *first);
    return encode(encoder, irregular_times(frames), kSpec).packets;
  }

  static int total_size(const std::vector<PacketPtr>& packets) {
    int size = 0;
    for (const PacketPtr& packet : packets) {
      size += packet->size;
    }
    return size;
  }
};

TEST_F(X264, EveryReorderingOfItsOwnKeepsDecodeTimesRight) {
  for (const char* frames : {"0", "1", "3", "8", "16"}) {
    for (const char* pyramid : {"none", "strict", "normal"}) {
      const auto packets =
          run({.preset = "medium",
               .options = {{"bf", frames}, {"b_strategy", "0"}, {"b-pyramid", pyramid}},
               .threads = 1},
              60);
      ASSERT_EQ(packets.size(), 60U) << frames << " " << pyramid;
      for (std::size_t i = 1; i < packets.size(); ++i) {
        ASSERT_LT(packets[i - 1]->dts, packets[i]->dts);
      }
    }
  }
}

TEST_F(X264, CrfPresetAndBitrateReachTheEncoder) {
  const int fine = total_size(run({.crf = 10.0, .preset = "veryfast", .threads = 1}, 20));
  const int coarse = total_size(run({.crf = 45.0, .preset = "veryfast", .threads = 1}, 20));
  EXPECT_GT(fine, coarse);
  const FramePtr first = test::moving_frame(kSpec, 0);
  const VideoEncoder encoder(
      choice_of("libx264"), {.bitrate = 123'000, .threads = 1}, kContext, *first);
  EXPECT_EQ(encoder.context().bit_rate, 123'000);
}

TEST_F(X264, AValueItDoesNotAcceptIsAUsageError) {
  const FramePtr first = test::moving_frame(kSpec, 0);
  for (const VideoSettings& bad :
       {VideoSettings{.preset = "no-such-preset"},
        VideoSettings{.options = {{"profile", "no-such-profile"}}}}) {
    try {
      const VideoEncoder encoder(choice_of("libx264"), bad, kContext, *first);
      ADD_FAILURE() << "it was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
    }
  }
}

TEST_F(X264, AFrameTypeOfTheSourceIsNotForcedUponIt) {
  const auto packets = run({.preset = "ultrafast", .threads = 1}, 20);
  const auto keys = std::count_if(packets.begin(), packets.end(), [](const PacketPtr& packet) {
    return (packet->flags & AV_PKT_FLAG_KEY) != 0;
  });
  EXPECT_EQ(keys, 1);
}

TEST_F(X264, LosslessGivesTheSameFramesBack) {
  const FramePtr first = test::moving_frame(kSpec, 0);
  VideoEncoder encoder(
      choice_of("libx264"),
      {.preset = "ultrafast", .options = {{"qp", "0"}}, .threads = 1},
      kContext,
      *first);
  const auto times = irregular_times(12);
  const Result result = encode(encoder, times, kSpec);
  const OutputPtr holder(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(holder.get(), nullptr);
  ASSERT_GE(avcodec_parameters_from_context(stream->codecpar, &encoder.context()), 0);
  stream->time_base = encoder.context().time_base;
  Decoder decoder(*stream, 1, "result");
  int step = 0;
  const auto compare = [&](const FramePtr& frame) {
    const FramePtr source = test::moving_frame(kSpec, step);
    EXPECT_EQ(test::component(*frame, 0), test::component(*source, 0)) << step;
    EXPECT_EQ(frame->pts, times[static_cast<std::size_t>(step)]);
    ++step;
  };
  for (const PacketPtr& packet : result.packets) {
    decoder.decode(*packet, compare);
  }
  decoder.drain(compare);
  EXPECT_EQ(step, 12);
  EXPECT_EQ(decoder.frames(), 12U);
}

TEST(X265, IsTaggedAsPlayersExpect) {
  silence_libraries();
  const FramePtr first = test::moving_frame(kSpec, 0);
  const VideoEncoder encoder(
      choice_of("libx265"), settings_of({"libx265", {{"preset", "ultrafast"}}}), kContext, *first);
  EXPECT_EQ(encoder.context().codec_tag, MKTAG('h', 'v', 'c', '1'));
}

}  // namespace
}  // namespace s3reel::media
