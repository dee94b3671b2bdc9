// The judge is libavformat's own -movflags faststart on the same packets.

#include <cstdint>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/muxer.h"
#include "s3reel/error.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using test::Content;
using test::Opened;
using test::TemporaryFolder;

struct MuxCase {
  std::string name;
  std::string arguments;  ///< for ffmpeg, to make the packets
  std::string clip = "clip.mp4";
  Container container = Container::mp4;
};

std::ostream& operator<<(std::ostream& out, const MuxCase& value) {
  return out << value.name;
}

/// The muxer's options that are ours (movie_timescale) must be the same on both sides.
std::string timescale(const Opened& source) {
  std::int64_t scale = source.stream(0).time_base.den;
  while (scale < 10'000) {
    scale *= 2;
  }
  return std::to_string(scale);
}

/// Without packets being sorted by anybody: in the order they were read.
Content muxed_by_libavformat(
    const Opened& source, const std::vector<PacketPtr>& packets, const char* muxer) {
  const TemporaryFolder folder;
  const std::string path = folder.file("faststart");
  AVFormatContext* raw = nullptr;
  EXPECT_GE(avformat_alloc_output_context2(&raw, nullptr, muxer, path.c_str()), 0);
  const OutputPtr format(raw);
  for (unsigned i = 0; i < source.format().nb_streams; ++i) {
    const AVStream& from = source.stream(static_cast<int>(i));
    AVStream* stream = avformat_new_stream(raw, nullptr);
    EXPECT_GE(avcodec_parameters_copy(stream->codecpar, from.codecpar), 0);
    stream->codecpar->codec_tag = 0;
    stream->time_base = from.time_base;
    stream->avg_frame_rate = from.avg_frame_rate;
    stream->disposition = from.disposition;
    stream->sample_aspect_ratio = from.sample_aspect_ratio;
  }
  EXPECT_GE(avio_open(&raw->pb, path.c_str(), AVIO_FLAG_WRITE), 0);
  Dictionary options;
  options.set("movflags", "faststart");
  options.set("movie_timescale", timescale(source).c_str());
  options.set("video_track_timescale", timescale(source).c_str());
  EXPECT_GE(avformat_write_header(raw, options.get()), 0);
  for (const PacketPtr& one : packets) {
    const PacketPtr packet = test::ref_packet(*one);
    av_packet_rescale_ts(
        packet.get(), one->time_base, raw->streams[packet->stream_index]->time_base);
    EXPECT_GE(av_write_frame(raw, packet.get()), 0);
  }
  EXPECT_GE(av_write_frame(raw, nullptr), 0);
  EXPECT_GE(av_write_trailer(raw), 0);
  avio_closep(&raw->pb);
  return test::read_file(path);
}

Content muxed_by_us(
    const Opened& source, const std::vector<PacketPtr>& packets, Container container) {
  io::MemoryStore store;
  const auto writer = store.create("out", {}, {});
  Muxer muxer(container, *writer);
  for (unsigned i = 0; i < source.format().nb_streams; ++i) {
    const AVStream& from = source.stream(static_cast<int>(i));
    EXPECT_EQ(muxer.add_copied(from, from.time_base), static_cast<int>(i));
  }
  muxer.write_header(0);
  for (const PacketPtr& packet : packets) {
    muxer.write(*test::ref_packet(*packet));
  }
  muxer.finish();
  writer->publish();
  return *store.find("out")->bytes;
}

// 1: Hello, from 0.2 s to 1 s.
const std::string kSubtitles = "MQowMDowMDowMCwyMDAgLS0+IDAwOjAwOjAxLDAwMApIZWxsbwo=";

std::vector<MuxCase> cases() {
  using test::kAac;
  using test::kPicture;
  using test::kSound;
  using test::kX264;
  return {
      {.name = "VideoAndAudio", .arguments = kPicture + kSound + kX264 + kAac},
      {.name = "VideoOnly", .arguments = kPicture + kX264},
      {.name = "QuickTime",
       .arguments = kPicture + kSound + kX264 + "-c:a pcm_s16le",
       .clip = "clip.mov",
       .container = Container::mov},
      // libavformat ends the last line of text with a sample that comes with the trailer.
      {.name = "Subtitles",
       .arguments = kPicture + "-f srt -i 'data:text/plain;base64," + kSubtitles + "' " + kX264 +
                    "-c:s mov_text"},
      {.name = "SamplesBeyondTheRetainedHead",
       .arguments = "-f lavfi -i testsrc2=s=1280x720:r=25:d=2 -vf noise=alls=100:allf=t "
                    "-c:v mpeg4 -q:v 1"},
      {.name = "ManySmallChunks",
       .arguments =
           "-f lavfi -i testsrc2=s=32x32:r=60:d=60 -f lavfi -i sine=r=48000:d=60 " + kX264 + kAac}};
}

/// Made once for all tests of a case.
const Content& clip_of(const MuxCase& value) {
  static std::map<std::string, Content> clips;
  const auto found = clips.find(value.name);
  return found != clips.end()
             ? found->second
             : clips.emplace(value.name, test::make_clip(value.arguments, value.clip))
                   .first->second;
}

class FaststartMux : public testing::TestWithParam<MuxCase> {};

TEST_P(FaststartMux, EqualsLibavformatsFaststartToTheLastByte) {
  const MuxCase& param = GetParam();
  const Opened source(clip_of(param));
  const auto packets = source.packets();
  ASSERT_GT(packets.size(), 40U);
  const Content ours = muxed_by_us(source, packets, param.container);
  const Content theirs = muxed_by_libavformat(source, packets, facts(param.container).muxer);
  EXPECT_EQ(ours.size(), theirs.size());
  EXPECT_TRUE(ours == theirs);
}

TEST_P(FaststartMux, EveryPacketComesBackAsItWas) {
  const MuxCase& param = GetParam();
  const Opened source(clip_of(param));
  const auto packets = source.packets();
  const Opened result(muxed_by_us(source, packets, param.container));
  const auto back = result.packets();
  for (unsigned i = 0; i < source.format().nb_streams; ++i) {
    const auto before = test::of_stream(packets, static_cast<int>(i));
    const auto after = test::of_stream(back, static_cast<int>(i));
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t k = 0; k < before.size(); ++k) {
      ASSERT_TRUE(test::same_data(*before[k], *after[k])) << "stream " << i << " packet " << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layouts, FaststartMux, testing::ValuesIn(cases()), [](const auto& one) {
  return one.param.name;
});

TEST(FaststartSink, TheIndexStandsInFrontAndThereAreNoFragments) {
  const Opened source(test::plain_clip());
  const Content result = muxed_by_us(source, source.packets(), Container::mp4);
  std::string types;
  for (std::size_t at = 0; at + 8 <= result.size();) {
    std::uint64_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      size = size * 256 + std::to_integer<std::uint64_t>(result[at + i]);
    }
    for (std::size_t i = 4; i < 8; ++i) {
      types += static_cast<char>(result[at + i]);
    }
    types += ' ';
    ASSERT_GE(size, 8U);
    at += static_cast<std::size_t>(size);
  }
  EXPECT_EQ(types, "ftyp moov free mdat ");
}

}  // namespace
}  // namespace s3reel::media
