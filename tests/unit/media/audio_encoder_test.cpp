#include "media/audio_encoder.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/decoder.h"

namespace s3reel::media {
namespace {

constexpr int kRate = 48'000;
constexpr int kBlock = 4'800;  // 100 ms

/// A stream of 16-bit PCM, whose packets are whatever samples one puts in.
class PcmStream {
 public:
  explicit PcmStream(AVRational time_base = {1, kRate}, int rate = kRate, int channels = 1)
      : rate_(rate), holder_(avformat_alloc_context()) {
    stream_ = avformat_new_stream(holder_.get(), nullptr);
    stream_->time_base = time_base;
    AVCodecParameters& codec = *stream_->codecpar;
    codec.codec_type = AVMEDIA_TYPE_AUDIO;
    codec.codec_id = AV_CODEC_ID_PCM_S16LE;
    codec.format = AV_SAMPLE_FMT_S16;
    codec.sample_rate = rate;
    codec.bits_per_coded_sample = 16;
    codec.block_align = 2 * channels;
    av_channel_layout_default(&codec.ch_layout, channels);
    channels_ = channels;
  }

  /// A block of a 1 kHz tone at `pts`.
  [[nodiscard]] PacketPtr tone(std::int64_t pts, int samples = kBlock) const {
    PacketPtr packet = make_packet();
    EXPECT_EQ(av_new_packet(packet.get(), samples * 2 * channels_), 0);
    for (int i = 0; i < samples; ++i) {
      const double phase = 2.0 * 3.14159265358979 * 1'000.0 * i / rate_;
      const auto value = static_cast<std::int16_t>(std::lround(10'000.0 * std::sin(phase)));
      for (int channel = 0; channel < channels_; ++channel) {
        std::memcpy(packet->data + 2 * (i * channels_ + channel), &value, sizeof(value));
      }
    }
    packet->pts = packet->dts = pts;
    packet->flags = AV_PKT_FLAG_KEY;
    return packet;
  }

  [[nodiscard]] const AVStream& get() const { return *stream_; }

 private:
  int rate_;
  int channels_ = 1;
  OutputPtr holder_;
  AVStream* stream_ = nullptr;
};

struct Encoded {
  std::vector<PacketPtr> packets;
  std::unique_ptr<AudioEncoder> encoder;

  /// Time of the first sample that is heard: the encoder's priming comes before.
  [[nodiscard]] std::int64_t start() const {
    return packets.front()->pts + encoder->context().initial_padding;
  }
};

Encoded encode(const PcmStream& stream, const std::vector<PacketPtr>& blocks) {
  Encoded result{
      .packets = {}, .encoder = std::make_unique<AudioEncoder>(stream.get(), "film stream 1")};
  const auto keep = [&](PacketPtr packet) {
    result.packets.push_back(std::move(packet));
  };
  for (const PacketPtr& block : blocks) {
    result.encoder->encode(*block, keep);
  }
  result.encoder->drain(keep);
  return result;
}

/// Decodes the result and returns its loudness by tenth of a second from the first sample heard.
std::vector<double> loudness(const Encoded& encoded) {
  const OutputPtr holder(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(holder.get(), nullptr);
  EXPECT_GE(avcodec_parameters_from_context(stream->codecpar, &encoded.encoder->context()), 0);
  stream->time_base = encoded.encoder->context().time_base;
  Decoder decoder(*stream, 1, "result");
  std::vector<float> samples;
  const auto take = [&](const FramePtr& frame) {
    const auto* data = reinterpret_cast<const float*>(frame->data[0]);
    samples.insert(samples.end(), data, data + frame->nb_samples);
  };
  for (const PacketPtr& packet : encoded.packets) {
    decoder.decode(*packet, take);
  }
  decoder.drain(take);
  std::vector<double> all;
  const auto skip = static_cast<std::size_t>(encoded.encoder->context().initial_padding);
  for (std::size_t begin = skip; begin + kBlock <= samples.size(); begin += kBlock) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + kBlock; ++i) {
      sum += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
    }
    all.push_back(std::sqrt(sum / kBlock));
  }
  return all;
}

void expect_gapless(const Encoded& encoded) {
  for (std::size_t i = 1; i < encoded.packets.size(); ++i) {
    ASSERT_EQ(encoded.packets[i]->pts - encoded.packets[i - 1]->pts, 1'024) << i;
  }
}

TEST(AudioEncoder, ContinuousSoundKeepsItsTimeAndLength) {
  const PcmStream stream;
  std::vector<PacketPtr> blocks;
  for (int i = 0; i < 20; ++i) {
    blocks.push_back(stream.tone(i * kBlock));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.start(), 0);
  expect_gapless(encoded);
  const std::int64_t end = encoded.packets.back()->pts + 1'024;
  EXPECT_GE(end, 20 * kBlock);
  EXPECT_LT(end, 20 * kBlock + 2 * 1'024);
  EXPECT_EQ(encoded.encoder->filled(), 0);
  EXPECT_EQ(encoded.encoder->cut(), 0);
}

TEST(AudioEncoder, TheOffsetToThePictureIsKept) {
  const PcmStream stream;
  for (const std::int64_t offset : {0, 12'345, 480'000, -2'400}) {
    std::vector<PacketPtr> blocks;
    blocks.push_back(stream.tone(offset));
    blocks.push_back(stream.tone(offset + kBlock));
    EXPECT_EQ(encode(stream, blocks).start(), offset);
  }
}

TEST(AudioEncoder, AHoleIsFilledWithSilenceOfItsLength) {
  const PcmStream stream;
  std::vector<PacketPtr> blocks;
  for (const int at : {0, 1, 2, 6, 7, 8}) {  // 300 ms are missing
    blocks.push_back(stream.tone(at * kBlock));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.encoder->filled(), 3 * kBlock);
  expect_gapless(encoded);
  const auto level = loudness(encoded);
  ASSERT_GE(level.size(), 9U);
  EXPECT_GT(level[1], 0.1);
  EXPECT_LT(level[4], 0.01);
  EXPECT_GT(level[7], 0.1);
}

TEST(AudioEncoder, AnOverlapIsCutSoThatTheRestStaysInTime) {
  const PcmStream stream;
  std::vector<PacketPtr> blocks;
  for (int i = 0; i < 10; ++i) {
    // From the sixth block on everything comes 50 ms early.
    blocks.push_back(stream.tone(i * kBlock - (i >= 5 ? kBlock / 2 : 0)));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.encoder->cut(), kBlock / 2);
  expect_gapless(encoded);
  const std::int64_t end = encoded.packets.back()->pts + 1'024;
  EXPECT_GE(end, 10 * kBlock - kBlock / 2);
  EXPECT_LT(end, 10 * kBlock - kBlock / 2 + 2 * 1'024);
}

TEST(AudioEncoder, TheRoundingOfAContainerIsNoHole) {
  const PcmStream stream({1, 1'000});
  std::vector<PacketPtr> blocks;
  for (int i = 0; i < 50; ++i) {
    blocks.push_back(stream.tone((i * 1'001 * 1'000 + kRate / 2) / kRate, 1'001));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.encoder->filled(), 0);
  EXPECT_EQ(encoded.encoder->cut(), 0);
  expect_gapless(encoded);
}

TEST(AudioEncoder, ARateAacDoesNotHaveIsResampledToTheNearest) {
  const PcmStream stream({1, 50'000}, 50'000);
  std::vector<PacketPtr> blocks;
  for (int i = 0; i < 10; ++i) {
    blocks.push_back(stream.tone(100'000 + i * 5'000, 5'000));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.encoder->context().sample_rate, 48'000);
  EXPECT_EQ(encoded.start(), 96'000) << "2 s";
  const std::int64_t end = encoded.packets.back()->pts + 1'024;
  EXPECT_NEAR(static_cast<double>(end), 96'000 + 48'000, 2 * 1'024);
}

TEST(AudioEncoder, MoreChannelsGetMoreBits) {
  const PcmStream stereo({1, kRate}, kRate, 2);
  const PcmStream surround({1, kRate}, kRate, 6);
  EXPECT_EQ(AudioEncoder(stereo.get(), "s").context().bit_rate, 192'000);
  EXPECT_GT(AudioEncoder(surround.get(), "s").context().bit_rate, 192'000);
  EXPECT_EQ(AudioEncoder(surround.get(), "s").context().ch_layout.nb_channels, 6);
}

TEST(AudioEncoder, WithoutAnyPacketThereIsNoSound) {
  const PcmStream stream;
  EXPECT_TRUE(encode(stream, {}).packets.empty());
}

TEST(AudioEncoder, LessThanAFrameStillComesOut) {
  const PcmStream stream;
  std::vector<PacketPtr> blocks;
  blocks.push_back(stream.tone(0, 100));
  EXPECT_GE(encode(stream, blocks).packets.size(), 1U);
}

}  // namespace
}  // namespace s3reel::media
