#include "media/audio_encoder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "media/decoder.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

constexpr int kRate = 48'000;
constexpr int kBlock = 4'800;  // 100 ms
constexpr double kPi = 3.14159265358979;

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

  /// A block of a 1 kHz tone at `pts`, that goes on from `before` samples of it.
  [[nodiscard]] PacketPtr tone(std::int64_t pts, int samples = kBlock, int before = 0) const {
    PacketPtr packet = make_packet();
    EXPECT_EQ(av_new_packet(packet.get(), samples * 2 * channels_), 0);
    for (int i = 0; i < samples; ++i) {
      const double phase = 2.0 * kPi * 1'000.0 * (before + i) / rate_;
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

/// Decodes the first channel of the result, from the first sample heard.
std::vector<float> decoded(const Encoded& encoded) {
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
  samples.erase(samples.begin(), samples.begin() + encoded.encoder->context().initial_padding);
  return samples;
}

/// Loudness of the result by tenth of a second.
std::vector<double> loudness(const Encoded& encoded) {
  const std::vector<float> samples = decoded(encoded);
  std::vector<double> all;
  for (std::size_t begin = 0; begin + kBlock <= samples.size(); begin += kBlock) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + kBlock; ++i) {
      sum += static_cast<double>(samples[i]) * static_cast<double>(samples[i]);
    }
    all.push_back(std::sqrt(sum / kBlock));
  }
  return all;
}

/// The amplitude of 1 kHz in a part of `samples`. Sound that is out of step with itself, for
/// samples that are missing or too many, weakens it.
double tone_amplitude(
    const std::vector<float>& samples, int rate, std::size_t begin, std::size_t end) {
  double sine = 0;
  double cosine = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double phase = 2.0 * kPi * 1'000.0 * static_cast<double>(i) / rate;
    sine += samples[i] * std::sin(phase);
    cosine += samples[i] * std::cos(phase);
  }
  return 2.0 * std::hypot(sine, cosine) / static_cast<double>(end - begin);
}

std::size_t longest_silence(const std::vector<float>& samples, std::size_t begin, std::size_t end) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (std::size_t i = begin; i < end; ++i) {
    run = std::abs(samples[i]) < 0.002F ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// End of the sound: the last packet's own duration leaves out what the encoder pads it with.
std::int64_t end_of(const Encoded& encoded) {
  return encoded.packets.back()->pts + encoded.packets.back()->duration;
}

/// A stream of MPEG layer II, which may go on in another kind, as broadcasts do.
class Mp2Stream {
 public:
  static constexpr int kFrame = 1'152;
  static constexpr AVRational kTimeBase{1, 90'000};

  Mp2Stream() : holder_(avformat_alloc_context()) {
    stream_ = avformat_new_stream(holder_.get(), nullptr);
    stream_->time_base = kTimeBase;
    AVCodecParameters& codec = *stream_->codecpar;
    codec.codec_type = AVMEDIA_TYPE_AUDIO;
    codec.codec_id = AV_CODEC_ID_MP2;
    codec.sample_rate = kRate;
    av_channel_layout_default(&codec.ch_layout, 2);
  }

  /// A tone of `frames` frames follows.
  void append(int frames, int rate, int channels) {
    const CodecPtr encoder(avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MP2)));
    encoder->sample_rate = rate;
    encoder->sample_fmt = AV_SAMPLE_FMT_S16;
    encoder->bit_rate = 96'000LL * channels;
    av_channel_layout_default(&encoder->ch_layout, channels);
    ASSERT_GE(avcodec_open2(encoder.get(), nullptr, nullptr), 0);
    for (int i = 0; i < frames; ++i) {
      const FramePtr frame = tone(*encoder, i);
      ASSERT_GE(avcodec_send_frame(encoder.get(), frame.get()), 0);
      PacketPtr packet = make_packet();
      ASSERT_GE(avcodec_receive_packet(encoder.get(), packet.get()), 0);
      packet->pts = packet->dts =
          end_ + av_rescale_q(std::int64_t{i} * kFrame, {1, rate}, kTimeBase);
      packets_.push_back(std::move(packet));
    }
    end_ += av_rescale_q(std::int64_t{frames} * kFrame, {1, rate}, kTimeBase);
  }

  [[nodiscard]] Encoded encoded() const {
    Encoded result{.packets = {}, .encoder = std::make_unique<AudioEncoder>(*stream_, "film")};
    const auto keep = [&](PacketPtr packet) {
      result.packets.push_back(std::move(packet));
    };
    for (const PacketPtr& packet : packets_) {
      result.encoder->encode(*packet, keep);
    }
    result.encoder->drain(keep);
    return result;
  }

  /// Samples of all the sound at the rate of the result.
  [[nodiscard]] std::int64_t length() const { return av_rescale_q(end_, kTimeBase, {1, kRate}); }

 private:
  static FramePtr tone(const AVCodecContext& encoder, int index) {
    FramePtr frame = make_frame();
    frame->nb_samples = kFrame;
    frame->format = encoder.sample_fmt;
    frame->sample_rate = encoder.sample_rate;
    EXPECT_GE(av_channel_layout_copy(&frame->ch_layout, &encoder.ch_layout), 0);
    EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
    const int channels = encoder.ch_layout.nb_channels;
    auto* data = reinterpret_cast<std::int16_t*>(frame->data[0]);
    for (int i = 0; i < kFrame * channels; ++i) {
      const int at = index * kFrame + i / channels;
      const double phase = 2.0 * kPi * 1'000.0 * at / encoder.sample_rate;
      data[i] = static_cast<std::int16_t>(std::lround(10'000.0 * std::sin(phase)));
    }
    return frame;
  }

  OutputPtr holder_;
  AVStream* stream_ = nullptr;
  std::vector<PacketPtr> packets_;
  std::int64_t end_ = 0;
};

/// Makes every allocation of libav beyond `bytes` fail while it lives.
class AllocationLimit {
 public:
  explicit AllocationLimit(std::size_t bytes) { av_max_alloc(bytes); }

  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;

  ~AllocationLimit() { av_max_alloc(std::numeric_limits<int>::max()); }  // libav's own default
};

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
  EXPECT_EQ(encoded.encoder->changes(), 0);
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

TEST(AudioEncoder, AHoleOfAnHourIsHandedOutInPieces) {
  constexpr int kLowRate = 8'000;  // as all of it has to be encoded
  constexpr std::int64_t kHour = 3'600LL * kLowRate;
  const PcmStream stream({1, kLowRate}, kLowRate);
  AudioEncoder encoder(stream.get(), "film stream 1");
  std::int64_t packets = 0;
  const auto count = [&](const PacketPtr&) {
    ++packets;
  };
  encoder.encode(*stream.tone(0, 1'024), count);
  const AllocationLimit limit(1 << 20);  // an hour of these samples has 57 MB
  encoder.encode(*stream.tone(kHour, 1), count);
  EXPECT_GE(packets, kHour / 1'024 - 2);
  EXPECT_EQ(encoder.filled(), kHour - 1'024);
}

TEST(AudioEncoder, ATimeThatCannotBeRightIsRefused) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kDay = 86'400LL * kRate;

  struct Case {
    AVRational time_base;
    std::int64_t first;
    std::int64_t second;
  };

  for (const Case& times :
       {Case{{1, kRate}, 0, kDay + 2 * kBlock},
        Case{{1, kRate}, 0, -kDay},
        Case{{1, kRate}, 0, kMost - 1},
        Case{{1, kRate}, 0, -(kMost - 1)},
        Case{{1, kRate}, -kMost / 2, kMost / 2},
        Case{{1, 1}, 0, kMost - 1},
        Case{{1, 1}, kMost - 1, 0}}) {
    SCOPED_TRACE(std::to_string(times.first) + " " + std::to_string(times.second));
    const PcmStream stream(times.time_base);
    std::vector<PacketPtr> blocks;
    blocks.push_back(stream.tone(times.first));
    blocks.push_back(stream.tone(times.second));
    try {
      encode(stream, blocks);
      ADD_FAILURE() << "was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
      EXPECT_NE(std::string(error.what()).find("film stream 1"), std::string::npos) << error.what();
    }
  }
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

TEST(AudioEncoder, OneTimeThatIsWrongCostsOneBlock) {
  const PcmStream stream;
  std::vector<PacketPtr> blocks;
  for (int i = 0; i < 10; ++i) {
    blocks.push_back(stream.tone(i == 4 ? -3'600LL * kRate : i * kBlock));
  }
  const Encoded encoded = encode(stream, blocks);
  EXPECT_EQ(encoded.encoder->cut(), kBlock);
  EXPECT_EQ(encoded.encoder->filled(), kBlock);
  expect_gapless(encoded);
  EXPECT_EQ(end_of(encoded), 10 * kBlock);
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

TEST(AudioEncoder, ResampledSoundFillsEveryPacketButTheLast) {
  for (const int rate : {50'000, 192'000}) {
    SCOPED_TRACE(rate);
    const PcmStream stream({1, rate}, rate);
    std::vector<PacketPtr> blocks;
    for (int at = 0; at < 2 * rate; at += 500) {  // so small that every remainder is met
      blocks.push_back(stream.tone(at, 500, at));
    }
    const Encoded encoded = encode(stream, blocks);
    const int result_rate = encoded.encoder->context().sample_rate;
    expect_gapless(encoded);
    for (std::size_t i = 0; i + 1 < encoded.packets.size(); ++i) {
      EXPECT_EQ(encoded.packets[i]->duration, 1'024) << i;
    }
    EXPECT_NEAR(static_cast<double>(end_of(encoded)), 2.0 * result_rate, 2);
    const std::vector<float> samples = decoded(encoded);
    // The codec needs a moment to settle at both ends of the sound.
    const auto end = static_cast<std::size_t>(2 * result_rate) - 2'048;
    ASSERT_GE(samples.size(), end);
    EXPECT_LT(longest_silence(samples, 2'048, end), 8U);
    EXPECT_GT(tone_amplitude(samples, result_rate, 2'048, end), 0.29);
  }
}

TEST(AudioEncoder, MoreChannelsGetMoreBits) {
  const PcmStream stereo({1, kRate}, kRate, 2);
  const PcmStream surround({1, kRate}, kRate, 6);
  EXPECT_EQ(AudioEncoder(stereo.get(), "s").context().bit_rate, 192'000);
  EXPECT_GT(AudioEncoder(surround.get(), "s").context().bit_rate, 192'000);
  EXPECT_EQ(AudioEncoder(surround.get(), "s").context().ch_layout.nb_channels, 6);
}

TEST(AudioEncoder, AnotherSampleRateKeepsPitchAndLength) {
  Mp2Stream stream;
  stream.append(100, 48'000, 2);  // 2.4 s
  stream.append(50, 32'000, 2);   // 1.8 s
  stream.append(50, 48'000, 2);   // 1.2 s
  const Encoded encoded = stream.encoded();
  expect_gapless(encoded);
  EXPECT_EQ(encoded.encoder->changes(), 2);
  EXPECT_EQ(encoded.encoder->filled(), 0);
  EXPECT_EQ(encoded.encoder->cut(), 0);
  EXPECT_NEAR(static_cast<double>(end_of(encoded)), static_cast<double>(stream.length()), 4);
  const std::vector<float> samples = decoded(encoded);
  ASSERT_GE(samples.size(), 5U * kRate);
  EXPECT_GT(tone_amplitude(samples, kRate, 4'800, 105'600), 0.29);
  EXPECT_GT(tone_amplitude(samples, kRate, 120'000, 196'800), 0.29);
  EXPECT_GT(tone_amplitude(samples, kRate, 206'400, 252'000), 0.29);
}

TEST(AudioEncoder, StereoThatTurnsMonoGoesOnInBothChannels) {
  Mp2Stream stream;
  stream.append(100, 48'000, 2);
  stream.append(100, 48'000, 1);
  const Encoded encoded = stream.encoded();
  expect_gapless(encoded);
  EXPECT_EQ(encoded.encoder->changes(), 1);
  EXPECT_EQ(encoded.encoder->context().ch_layout.nb_channels, 2);
  EXPECT_NEAR(static_cast<double>(end_of(encoded)), static_cast<double>(stream.length()), 4);
  const std::vector<float> samples = decoded(encoded);
  ASSERT_GE(samples.size(), 4U * kRate);
  EXPECT_GT(tone_amplitude(samples, kRate, 4'800, 105'600), 0.29);
  EXPECT_GT(tone_amplitude(samples, kRate, 120'000, 220'800), 0.2) << "-3 dB, as power goes";
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
