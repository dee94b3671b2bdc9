#include "media/packet_times.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/ptr.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using testing::HasSubstr;

/// A stream that belongs to nothing.
class Stream {
 public:
  explicit Stream(AVRational time_base) : holder_(avformat_alloc_context()) {
    stream_ = avformat_new_stream(holder_.get(), nullptr);
    stream_->time_base = time_base;
    stream_->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  }

  [[nodiscard]] AVStream& get() const { return *stream_; }

 private:
  OutputPtr holder_;
  AVStream* stream_ = nullptr;
};

struct Timed {
  std::int64_t pts;
  std::int64_t dts;

  bool operator==(const Timed&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Timed& timed) {
  return out << timed.pts << "/" << timed.dts;
}

std::vector<Timed> apply(PacketTimes& times, const std::vector<Timed>& packets) {
  std::vector<Timed> out;
  for (const Timed& one : packets) {
    const PacketPtr packet = make_packet();
    packet->pts = one.pts;
    packet->dts = one.dts;
    times.apply(*packet);
    out.push_back({packet->pts, packet->dts});
  }
  return out;
}

TEST(PacketTimes, GoThroughUntouchedWithBFramesToo) {
  const Stream stream({1, 90'000});
  PacketTimes times(stream.get(), {});
  const std::vector<Timed> packets{{0, -3'000}, {9'000, 0}, {3'000, 3'000}, {6'000, 6'000}};
  EXPECT_EQ(apply(times, packets), packets);
  EXPECT_EQ(times.loss(), "");
}

TEST(PacketTimes, MoveToTheResultsZero) {
  const Stream stream({1, 90'000});
  PacketTimes times(stream.get(), {.value = 10, .time_base = {1, 1}});
  EXPECT_EQ(
      apply(times, {{903'000, 900'000}, {906'000, 903'000}}),
      (std::vector<Timed>{{3'000, 0}, {6'000, 3'000}}));
}

TEST(PacketTimes, APacketIsNotDecodedAfterItIsShown) {
  const Stream stream({1, 1'000});
  PacketTimes times(stream.get(), {});
  EXPECT_EQ(apply(times, {{0, 0}, {40, 50}}), (std::vector<Timed>{{0, 0}, {40, 40}}));
  EXPECT_THROW(apply(times, {{40, 60}}), Error) << "no decode time is left between 40 and 40";
}

TEST(PacketTimes, ADecodeTimeThatDoesNotAscendIsMovedAndCounted) {
  const Stream stream({1, 1'000});
  PacketTimes times(stream.get(), {});
  const auto out = apply(times, {{10, 10}, {10, 10}, {9, 9}, {30, 30}});
  EXPECT_EQ(out, (std::vector<Timed>{{10, 10}, {11, 11}, {12, 12}, {30, 30}}));
  EXPECT_THAT(times.loss(), HasSubstr("2 packets"));
}

TEST(PacketTimes, APacketWithOneTimeOnlyHasBoth) {
  const Stream stream({1, 1'000});
  PacketTimes times(stream.get(), {});
  EXPECT_EQ(
      apply(times, {{5, AV_NOPTS_VALUE}, {AV_NOPTS_VALUE, 8}, {AV_NOPTS_VALUE, AV_NOPTS_VALUE}}),
      (std::vector<Timed>{{5, 5}, {8, 8}, {9, 9}}));
}

TEST(PacketTimes, APacketWithoutAnyTimeAtTheBeginningIsAtZero) {
  const Stream stream({1, 1'000});
  PacketTimes times(stream.get(), {.value = 10, .time_base = {1, 1}});
  EXPECT_EQ(
      apply(times, {{AV_NOPTS_VALUE, AV_NOPTS_VALUE}, {10'040, 10'040}}),
      (std::vector<Timed>{{0, 0}, {40, 40}}));
}

TEST(PacketTimes, SoundThatWasRoundedToMillisecondsIsToldToTheSampleAgain) {
  // 44.1 kHz: packets of 1024 samples last 23.2199… ms, which Matroska rounds.
  const test::Opened clip(
      test::make_clip("-f lavfi -i sine=r=44100:d=5 -c:a aac -b:a 64k", "a.mkv"));
  PacketTimes times(clip.stream(0), {});
  std::int64_t last = 0;
  std::size_t count = 0;
  int uneven = 0;
  for (const PacketPtr& packet : clip.packets()) {
    const double rounded = static_cast<double>(packet->dts) / 1'000.0;
    times.apply(*packet);
    EXPECT_EQ(av_cmp_q(packet->time_base, {1, 44'100}), 0);
    EXPECT_EQ(packet->duration, 1'024);
    EXPECT_NEAR(static_cast<double>(packet->dts) / 44'100.0, rounded, 0.001);
    if (count++ > 0) {
      EXPECT_GT(packet->dts, last);
      uneven += packet->dts - last == 1'024 ? 0 : 1;
    }
    last = packet->dts;
  }
  // The first times are rounded too, so it takes a few packets until the grid is found.
  EXPECT_LE(uneven, 4);
  EXPECT_GT(count, 200U);
  EXPECT_EQ(times.loss(), "");
}

}  // namespace
}  // namespace s3reel::media
