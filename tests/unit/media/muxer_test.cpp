// What a container says about its streams, read back by libavformat alone.

#include "media/muxer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/compat.h"
#include "s3reel/error.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using test::Content;
using test::Opened;
using testing::HasSubstr;
using testing::IsEmpty;

bool is_av(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO ||
         stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
}

/// Picture and sound copied, with everything that is not packets. (Chapters of MP4 have a track of
/// their own, which the muxer makes anew.)
Content copy(
    const Opened& source,
    Container container,
    std::int64_t start_us = 0,
    std::vector<std::string>* losses = nullptr) {
  io::MemoryStore store;
  const auto writer = store.create("out", {}, {});
  Muxer muxer(container, *writer);
  for (unsigned i = 0; i < source.format().nb_streams; ++i) {
    const AVStream& from = source.stream(static_cast<int>(i));
    if (is_av(from)) {
      muxer.add_copied(from, from.time_base);
    }
  }
  muxer.copy_metadata(source.format(), start_us);
  muxer.write_header(0);
  for (const PacketPtr& packet : source.packets()) {
    if (is_av(source.stream(packet->stream_index))) {
      muxer.write(*packet);
    }
  }
  muxer.finish();
  if (losses != nullptr) {
    *losses = muxer.losses();
  }
  writer->publish();
  return *store.find("out")->bytes;
}

double rotation(const AVStream& stream) {
  for (const auto& data : compat::stream_side_data(stream)) {
    if (data.type == AV_PKT_DATA_DISPLAYMATRIX) {
      return av_display_rotation_get(reinterpret_cast<const std::int32_t*>(data.bytes.data()));
    }
  }
  return 0.0;
}

const Content& rich_clip() {
  static const Content clip = test::make_clip(
      test::kPicture + test::kSound +
          "-f ffmetadata -i 'data:text/plain;base64,"
          "O0ZGTUVUQURBVEExCltDSEFQVEVSXQpUSU1FQkFTRT0xLzEwMDAKU1RBUlQ9MApFTkQ9MTAwMAp0aXRsZT1PbmUK"
          "W0NIQVBURVJdClRJTUVCQVNFPTEvMTAwMApTVEFSVD0xMDAwCkVORD0yMDAwCnRpdGxlPVR3bwo=' " +
          test::kX264 + test::kAac +
          "-map 0 -map 1 -map_chapters 2 -metadata title=Film -metadata artist=Somebody "
          "-metadata:s:a:0 language=fra -aspect 4:3 "
          "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709",
      "rich.mp4");
  return clip;
}

class RichMux : public testing::TestWithParam<Container> {};

TEST_P(RichMux, KeepsTitlesLanguageChaptersAndAspect) {
  const Opened source(rich_clip());
  ASSERT_EQ(source.format().nb_chapters, 2U);
  const Opened result(copy(source, GetParam()));
  EXPECT_EQ(test::tag(result.format().metadata, "title"), "Film");
  EXPECT_EQ(test::tag(result.format().metadata, "artist"), "Somebody");
  EXPECT_EQ(test::tag(result.stream(1).metadata, "language"), "fra");
  const AVRational was = source.stream(0).codecpar->sample_aspect_ratio;
  const AVRational is = result.stream(0).codecpar->sample_aspect_ratio;
  EXPECT_EQ(av_cmp_q(was, is), 0) << is.num << ":" << is.den;
  const AVCodecParameters& codec = *result.stream(0).codecpar;
  EXPECT_EQ(codec.color_range, AVCOL_RANGE_MPEG);
  EXPECT_EQ(codec.color_space, AVCOL_SPC_BT709);
  EXPECT_EQ(codec.color_primaries, AVCOL_PRI_BT709);
  EXPECT_EQ(codec.color_trc, AVCOL_TRC_BT709);
  if (GetParam() != Container::fmp4) {  // chapters of MP4 are samples, which fragments have not
    ASSERT_EQ(result.format().nb_chapters, 2U);
    const AVChapter& second = *result.format().chapters[1];
    EXPECT_EQ(test::tag(second.metadata, "title"), "Two");
    EXPECT_DOUBLE_EQ(static_cast<double>(second.start) * av_q2d(second.time_base), 1.0);
  }
}

TEST_P(RichMux, DoesNotSayOfTheResultHowTheSourceWasStored) {
  const Opened source(test::make_clip(test::kPicture + test::kX264, "a.mkv"));
  const Opened result(copy(source, GetParam()));
  for (const char* stale : {"DURATION", "BPS", "NUMBER_OF_FRAMES"}) {
    const std::string before = test::tag(source.stream(0).metadata, stale);
    const std::string after = test::tag(result.stream(0).metadata, stale);
    if (GetParam() != Container::mkv) {
      EXPECT_EQ(after, "") << stale << " " << before;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers,
    RichMux,
    testing::Values(Container::mp4, Container::fmp4, Container::mov, Container::mkv),
    [](const testing::TestParamInfo<Container>& one) { return facts(one.param).name; });

TEST(Muxer, KeepsTheRotation) {
  for (const Container container : {Container::mp4, Container::fmp4, Container::mov}) {
    const Opened source(test::plain_clip());
    std::array<std::int32_t, 9> matrix{};
    av_display_rotation_set(matrix.data(), -90.0);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(matrix.data());
    compat::add_stream_side_data(
        source.stream(0), AV_PKT_DATA_DISPLAYMATRIX, {bytes, sizeof(matrix)});
    const Opened result(copy(source, container));
    // av_display_rotation_get() counts the other way round.
    EXPECT_EQ(rotation(result.stream(0)), 90.0) << facts(container).name;
  }
}

TEST(Muxer, TheContainersRotationGoesBeforeTheFrames) {
  const auto matrix_of = [](double degrees) {
    std::array<std::int32_t, 9> matrix{};
    av_display_rotation_set(matrix.data(), degrees);
    return matrix;
  };
  const FramePtr frame = make_frame();
  const auto of_frame = matrix_of(-90.0);
  AVFrameSideData* data =
      av_frame_new_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX, sizeof(of_frame));
  std::memcpy(data->data, of_frame.data(), sizeof(of_frame));
  for (const bool said : {false, true}) {
    const Opened source(test::make_clip(test::kPicture + test::kX264, "a.mp4"));
    const auto of_container = matrix_of(180.0);
    if (said) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(of_container.data());
      compat::add_stream_side_data(
          source.stream(0), AV_PKT_DATA_DISPLAYMATRIX, {bytes, sizeof(of_container)});
    }
    io::MemoryStore store;
    const auto writer = store.create("out", {}, {});
    Muxer muxer(Container::mp4, *writer);
    muxer.add_copied(source.stream(0), source.stream(0).time_base);
    muxer.add_frame_side_data(0, *frame);
    muxer.write_header(0);
    for (const PacketPtr& packet : source.packets()) {
      muxer.write(*packet);
    }
    muxer.finish();
    writer->publish();
    const Opened result(*store.find("out")->bytes);
    EXPECT_EQ(std::abs(rotation(result.stream(0))), said ? 180.0 : 90.0);
  }
}

TEST(Muxer, MovesChaptersWithTheStart) {
  const Opened source(rich_clip());
  const Opened result(copy(source, Container::mkv, 500'000));
  ASSERT_EQ(result.format().nb_chapters, 2U);
  const AVChapter& first = *result.format().chapters[0];
  const AVChapter& second = *result.format().chapters[1];
  EXPECT_DOUBLE_EQ(static_cast<double>(first.start) * av_q2d(first.time_base), 0.0);
  EXPECT_DOUBLE_EQ(static_cast<double>(second.start) * av_q2d(second.time_base), 0.5);
}

TEST(Muxer, TimesAreExactInTheSourcesTimeBase) {
  const Opened source(test::make_clip(
      "-f lavfi -i testsrc2=s=64x64:r=30000/1001:d=2 " + test::kX264 +
          "-video_track_timescale 30000",
      "a.mp4"));
  const auto before = source.packets();
  const Opened again(test::make_clip(
      "-f lavfi -i testsrc2=s=64x64:r=30000/1001:d=2 " + test::kX264 +
          "-video_track_timescale 30000",
      "a.mp4"));
  const Opened result(copy(again, Container::mp4));
  const auto after = result.packets();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(
        av_compare_ts(before[i]->pts, before[i]->time_base, after[i]->pts, after[i]->time_base), 0)
        << i;
  }
}

TEST(Muxer, EverySoundThatAContainerIsSaidToTakeGoesIn) {
  for (const Container container :
       {Container::mp4, Container::fmp4, Container::mov, Container::mkv}) {
    for (const char* codec : {"aac", "libmp3lame", "ac3", "eac3", "libopus", "alac", "pcm_s16le"}) {
      const Opened source(
          test::make_clip(std::string("-f lavfi -i sine=r=48000:d=0.5 -c:a ") + codec, "a.mkv"));
      if (takes_codec(container, *source.stream(0).codecpar)) {
        EXPECT_NO_THROW({
          const Opened result(copy(source, container));
          EXPECT_GT(result.packets().size(), 0U);
        }) << facts(container).name
           << " " << codec;
      }
    }
  }
}

TEST(Muxer, Mp3OfLowRatesGoesWhereItIsSaidToGo) {
  const Content clip = test::make_clip("-f lavfi -i sine=d=0.5 -c:a libmp3lame -ar 11025", "a.mkv");
  for (const Container container :
       {Container::mp4, Container::fmp4, Container::mov, Container::mkv}) {
    const Opened source(clip);
    const bool mp4 = container == Container::mp4 || container == Container::fmp4;
    EXPECT_EQ(takes_codec(container, *source.stream(0).codecpar), !mp4) << facts(container).name;
    if (!mp4) {
      EXPECT_NO_THROW(copy(source, container)) << facts(container).name;
    }
  }
}

TEST(Muxer, SoundThatChangesItsConfigurationIsALoss) {
  const std::string sound = "-f lavfi -i sine=r=48000:d=1 -c:a aac -ac ";
  Content joined = test::make_clip(sound + "2", "a.aac");
  const Opened same(joined);
  std::vector<std::string> losses;
  copy(same, Container::mp4, 0, &losses);
  EXPECT_THAT(losses, IsEmpty());
  const Content mono = test::make_clip(sound + "1", "a.aac");
  joined.insert(joined.end(), mono.begin(), mono.end());
  const Opened changed(joined);
  copy(changed, Container::mp4, 0, &losses);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_THAT(
      losses[0], HasSubstr("stream 0: the sound changes its profile, rate or channels at 1."));
}

TEST(Muxer, AFragmentedResultDoesNotHoldTheWholeFilmForOneStream) {
  const Opened source(test::plain_clip());
  io::MemoryStore store;
  const auto writer = store.create("out", {}, {});
  Muxer muxer(Container::fmp4, *writer);
  for (const int index : {0, 1}) {
    muxer.add_copied(source.stream(index), source.stream(index).time_base);
  }
  muxer.write_header(0);
  constexpr int kMib = 1024 * 1024;
  const auto write = [&](int pts) {
    const PacketPtr packet = make_packet();
    if (av_new_packet(packet.get(), kMib) < 0) {
      throw std::bad_alloc();
    }
    std::memset(packet->data, 0, kMib);
    packet->pts = packet->dts = pts;
    packet->duration = 1;
    packet->time_base = {1, 25};
    muxer.write(*packet);
  };
  for (int i = 0; i < 64; ++i) {
    write(i);
  }
  try {
    write(64);
    ADD_FAILURE() << "it waits for the sound";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_EQ(error.info().subject, "stream 1");
    EXPECT_THAT(error.info().hint, HasSubstr("--format mp4"));
  }
}

TEST(Muxer, AFragmentedResultIsOneFragmentPerKeyFrame) {
  const Opened source(test::plain_clip());  // a key frame every 10 frames
  const Content result = copy(source, Container::fmp4);
  const std::string moof = "moof";
  int count = 0;
  auto at = result.begin();
  const auto same = [](std::byte a, char b) {
    return a == static_cast<std::byte>(b);
  };
  while ((at = std::search(at, result.end(), moof.begin(), moof.end(), same)) != result.end()) {
    ++count;
    ++at;
  }
  EXPECT_GE(count, 5);
}

}  // namespace
}  // namespace s3reel::media
