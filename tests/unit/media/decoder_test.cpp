#include "media/decoder.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using test::Opened;
using testing::HasSubstr;

class DecoderTest : public testing::TestWithParam<int> {
 protected:
  DecoderTest() : clip_(test::plain_clip()), packets_(test::of_stream(clip_.packets(), 0)) {}

  [[nodiscard]] Decoder decoder() const { return {clip_.stream(0), GetParam(), "film stream 0"}; }

  std::vector<std::int64_t> run(Decoder& decoder) {
    std::vector<std::int64_t> times;
    const auto keep = [&](const FramePtr& frame) {
      times.push_back(frame->pts);
    };
    for (const PacketPtr& packet : packets_) {
      decoder.decode(*packet, keep);
    }
    decoder.drain(keep);
    return times;
  }

  /// Position of the k-th key frame.
  [[nodiscard]] std::size_t key(int k) const {
    for (std::size_t i = 0; i < packets_.size(); ++i) {
      if ((packets_[i]->flags & AV_PKT_FLAG_KEY) != 0 && k-- == 0) {
        return i;
      }
    }
    ADD_FAILURE() << "too few key frames";
    return 0;
  }

  Opened clip_;
  std::vector<PacketPtr> packets_;
};

TEST_P(DecoderTest, DeliversEveryFrameInPresentationOrderToTheLast) {
  Decoder one = decoder();
  const auto times = run(one);
  EXPECT_EQ(times.size(), 50U);
  EXPECT_EQ(one.frames(), 50U);
  EXPECT_EQ(one.undecodable_leading(), 0U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(times.front(), 0);
}

TEST_P(DecoderTest, DataThatIsNoneIsAnErrorOfTheInputThatNamesTheStream) {
  av_packet_make_writable(packets_[25].get());
  std::fill_n(packets_[25]->data, packets_[25]->size, std::uint8_t{0xFF});
  Decoder one = decoder();
  try {
    run(one);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
    EXPECT_THAT(error.info().subject, HasSubstr("film stream 0"));
    EXPECT_THAT(error.info().reason, HasSubstr("corrupt data")) << "and not only at the end";
  }
}

TEST_P(DecoderTest, APictureCutShortIsAnError) {
  // Cut inside the slice's data: the decoder would conceal the rest.
  av_packet_make_writable(packets_[key(2)].get());
  AVPacket& packet = *packets_[key(2)];
  std::fill_n(packet.data + packet.size / 2, packet.size - packet.size / 2, std::uint8_t{0});
  Decoder one = decoder();
  EXPECT_THROW(run(one), Error);
}

TEST_P(DecoderTest, APacketThatGivesNoFrameIsAnErrorAtTheEnd) {
  // Its picture header stays, its slices go: the decoder passes over it.
  const Opened clip(
      test::make_clip(test::kPicture + "-c:v mpeg2video -q:v 3 -bf 2 -g 12", "a.mov"));
  packets_ = test::of_stream(clip.packets(), 0);
  AVPacket& packet = *packets_[25];
  av_packet_make_writable(&packet);
  std::fill(packet.data + 20, packet.data + packet.size, std::uint8_t{0xFF});
  Decoder one(clip.stream(0), GetParam(), "film stream 0");
  try {
    run(one);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
    EXPECT_THAT(error.info().reason, HasSubstr("nothing could be decoded at "));
  }
}

/// Damage in the middle of two pictures, which the decoder conceals.
class ToleranceTest : public DecoderTest {
 protected:
  ToleranceTest() {
    for (const int k : {2, 3}) {
      AVPacket& packet = *packets_[key(k)];
      av_packet_make_writable(&packet);
      std::fill_n(packet.data + packet.size / 2, packet.size - packet.size / 2, std::uint8_t{0});
    }
  }

  [[nodiscard]] double seconds_of_key(int k) const {
    return static_cast<double>(packets_[key(k)]->pts) * av_q2d(clip_.stream(0).time_base);
  }
};

TEST_P(ToleranceTest, ADamagedFrameIsReplacedByTheOneBeforeIt) {
  Tolerance tolerance(2);
  Decoder one(clip_.stream(0), GetParam(), "film stream 0", &tolerance);
  std::vector<std::int64_t> times;
  std::vector<std::vector<std::uint8_t>> lines;
  const auto keep = [&](const FramePtr& frame) {
    times.push_back(frame->pts);
    lines.emplace_back(frame->data[0], frame->data[0] + frame->width);
  };
  for (const PacketPtr& packet : packets_) {
    one.decode(*packet, keep);
  }
  one.drain(keep);
  ASSERT_EQ(times.size(), 50U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  const auto damaged = static_cast<std::size_t>(
      std::find(times.begin(), times.end(), packets_[key(2)]->pts) - times.begin());
  EXPECT_EQ(lines.at(damaged), lines.at(damaged - 1));
  const auto met = tolerance.met();
  ASSERT_EQ(met.size(), 2U);
  EXPECT_DOUBLE_EQ(met[0].seconds, seconds_of_key(2));
  EXPECT_TRUE(met[0].replaced);
  EXPECT_DOUBLE_EQ(met[1].seconds, seconds_of_key(3));
  EXPECT_THAT(tolerance.loss(), HasSubstr("2 damaged frames were tolerated"));
}

TEST_P(ToleranceTest, OneMoreThanTheLimitIsAnError) {
  Tolerance tolerance(1);
  Decoder one(clip_.stream(0), GetParam(), "film stream 0", &tolerance);
  EXPECT_THROW(run(one), Error);
  EXPECT_EQ(tolerance.met().size(), 1U);
}

TEST_P(ToleranceTest, WhatGivesNothingIsSkipped) {
  for (const PacketPtr& packet : packets_) {
    av_packet_make_writable(packet.get());
  }
  std::fill_n(packets_[key(2)]->data, packets_[key(2)]->size, std::uint8_t{0xFF});
  std::fill_n(packets_[key(3)]->data, packets_[key(3)]->size, std::uint8_t{0xFF});
  Tolerance tolerance(100);
  Decoder one(clip_.stream(0), GetParam(), "film stream 0", &tolerance);
  const auto times = run(one);
  const auto met = tolerance.met();
  const auto skipped = std::count_if(
      met.begin(), met.end(), [](const DamagedFrame& frame) { return !frame.replaced; });
  EXPECT_GE(skipped, 2);
  EXPECT_EQ(times.size() + static_cast<std::size_t>(skipped), packets_.size());
}

TEST_P(ToleranceTest, ADecoderThatFlagsNothingStillCounts) {
  const std::string alone = "pools=none:frame-threads=1:wpp=0";  // the same on every machine
  const Opened clip(test::make_clip(
      test::kPicture +
          "-c:v libx265 -preset ultrafast -x265-params keyint=10:log-level=error:" + alone,
      "a.mp4"));
  packets_ = test::of_stream(clip.packets(), 0);
  AVPacket& packet = *packets_[key(2)];
  av_packet_make_writable(&packet);
  std::fill(packet.data + 6, packet.data + packet.size, std::uint8_t{0xFF});  // a slice's head too
  Tolerance tolerance(100);
  Decoder one(clip.stream(0), GetParam(), "film stream 0", &tolerance);
  run(one);
  EXPECT_FALSE(tolerance.met().empty());
}

INSTANTIATE_TEST_SUITE_P(Threads, ToleranceTest, testing::Values(1, 3));

TEST_P(DecoderTest, WhatPrecedesTheFirstKeyFrameIsCountedNotAnError) {
  packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(key(1)) - 3);
  // Garbage before anything can be decoded.
  std::fill_n(packets_[0]->data, packets_[0]->size, std::uint8_t{0xFF});
  packets_.erase(packets_.begin() + 1, packets_.begin() + 3);
  Decoder one = decoder();
  const auto times = run(one);
  EXPECT_EQ(one.undecodable_leading(), 1U);
  EXPECT_EQ(times.size(), 40U);
}

TEST_P(DecoderTest, LeadingPicturesThatAreDroppedWithoutAWordAreCounted) {
  const Opened clip(test::make_clip(
      test::kPicture +
          "-c:v libx265 -preset ultrafast -x265-params "
          "keyint=10:min-keyint=10:scenecut=0:open-gop=1:bframes=3:b-adapt=0:log-level=error",
      "a.mp4"));
  packets_ = test::of_stream(clip.packets(), 0);
  packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(key(1)));
  const std::int64_t first = packets_[0]->pts;
  const auto leading = std::count_if(packets_.begin(), packets_.end(), [first](const auto& packet) {
    return packet->pts < first;
  });
  ASSERT_GT(leading, 0);
  Decoder one(clip.stream(0), GetParam(), "film stream 0");
  const auto times = run(one);
  EXPECT_EQ(times.front(), first);
  EXPECT_EQ(one.undecodable_leading(), static_cast<std::uint64_t>(leading));
  EXPECT_EQ(times.size() + one.undecodable_leading(), packets_.size());
}

TEST_P(DecoderTest, ACodecWithoutADecoderIsAnInputError) {
  AVStream& stream = clip_.stream(0);
  stream.codecpar->codec_id = AV_CODEC_ID_BIN_DATA;
  try {
    const Decoder one = decoder();
    ADD_FAILURE() << "it was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
    EXPECT_THAT(error.info().reason, HasSubstr("bin_data"));
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, DecoderTest, testing::Values(1, 3));

TEST(Decoder, DecodesSoundAsWell) {
  const Opened clip(test::plain_clip());
  Decoder decoder(clip.stream(1), 1, "film stream 1");
  int samples = 0;
  const auto count = [&](const FramePtr& frame) {
    samples += frame->nb_samples;
  };
  for (const PacketPtr& packet : test::of_stream(clip.packets(), 1)) {
    decoder.decode(*packet, count);
  }
  decoder.drain(count);
  EXPECT_GE(samples, 96'000);
  EXPECT_LE(samples, 98'304);
}

}  // namespace
}  // namespace s3reel::media
