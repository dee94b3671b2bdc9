// Layouts of sources that make stages wait for each other in a ring, if any does. A deadlock shows
// as the time limit of the test program.

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/first_frame.h"
#include "media/library.h"
#include "media/picture.h"
#include "ops/registry.h"
#include "pipeline/transcode.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::pipeline {
namespace {

using test::Content;

struct Counts {
  std::size_t pictures;
  std::size_t sounds;
  std::vector<std::string> losses;
  std::vector<std::string> notes;
};

/// Packets of the result by stream type, and what was said of it.
Counts transcode(const Content& clip, const std::string& preset = "ultrafast") {
  media::silence_libraries();
  const Job job{.ops = {BuiltInOp{.name = "grayscale"}}, .video = {.preset = preset, .threads = 1}};
  io::MemorySource source = test::source_of(clip);
  media::Demuxer demuxer(source, media::Demuxer::Depth::job, {});
  const media::StreamMap map = media::map_streams(demuxer, media::Container::mp4, job);
  const base::Log log;
  const media::FramePtr seen = demuxer.states_pixel_format(map.video)
                                   ? nullptr
                                   : media::first_frame(source, map.video, 0, log);
  demuxer.select(map.kept());
  io::MemoryStore store;
  const auto writer = store.create("out", {}, {});
  ops::Chain chain(ops::factories(job.ops, {}), {}, log);
  chain.start(
      1,
      media::describe_picture(
          demuxer.stream(map.video), demuxer.frame_rate(map.video), seen.get()));
  Counters counters;
  Transcode transcode(
      {.job = job,
       .demuxer = demuxer,
       .map = map,
       .container = media::Container::mp4,
       .writer = *writer,
       .chain = chain,
       .counters = counters,
       .stop_source = {},
       .seen = seen.get(),
       .log = log});
  const Outcome outcome = transcode.run();
  writer->publish();
  const test::Opened result(*store.find("out")->bytes);
  Counts counts{0, 0, outcome.losses, outcome.notes};
  for (const media::PacketPtr& packet : result.packets()) {
    const AVStream& stream = result.stream(packet->stream_index);
    const bool picture = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    ++(picture ? counts.pictures : counts.sounds);
  }
  return counts;
}

TEST(TranscodeLayout, SoundBesideAlmostNoPicture) {
  const Content clip = test::make_clip(
      "-f lavfi -i color=s=128x96:r=1/10:d=120 -f lavfi -i sine=r=48000:d=120 " + test::kX264 +
          test::kAac,
      "a.mp4");
  const Counts counts = transcode(clip, "medium");
  EXPECT_EQ(counts.pictures, 12U);
  EXPECT_GT(counts.sounds, 5'600U);
}

TEST(TranscodeLayout, PictureBesideAlmostNoSound) {
  const Content clip = test::make_clip(
      "-f lavfi -i testsrc2=s=128x96:r=25:d=20 -f lavfi -i sine=r=48000:d=0.1 " + test::kX264 +
          test::kAac,
      "a.mp4");
  const Counts counts = transcode(clip, "medium");
  EXPECT_EQ(counts.pictures, 500U);
  EXPECT_GT(counts.sounds, 3U);
}

/// Both streams of ten seconds, one wholly behind the other: an MP4 whose only fragments hold one
/// track each is what libavformat writes for inputs that are read one after the other.
Content one_behind_the_other(const std::string& first, const std::string& second) {
  const test::TemporaryFolder folder;
  const test::Opened a(test::make_clip(first, "a.mp4"));
  const test::Opened b(test::make_clip(second, "b.mp4"));
  AVFormatContext* raw = nullptr;
  const std::string path = folder.file("ab.mp4");
  EXPECT_GE(avformat_alloc_output_context2(&raw, nullptr, "mp4", path.c_str()), 0);
  const media::OutputPtr format(raw);
  for (const test::Opened* from : {&a, &b}) {
    AVStream* stream = avformat_new_stream(raw, nullptr);
    EXPECT_GE(avcodec_parameters_copy(stream->codecpar, from->stream(0).codecpar), 0);
    stream->codecpar->codec_tag = 0;
    stream->time_base = from->stream(0).time_base;
  }
  EXPECT_GE(avio_open(&raw->pb, path.c_str(), AVIO_FLAG_WRITE), 0);
  EXPECT_GE(avformat_write_header(raw, nullptr), 0);
  int index = 0;
  for (const test::Opened* from : {&a, &b}) {
    for (const media::PacketPtr& packet : from->packets()) {
      packet->stream_index = index;
      av_packet_rescale_ts(packet.get(), packet->time_base, raw->streams[index]->time_base);
      EXPECT_GE(av_write_frame(raw, packet.get()), 0);
    }
    ++index;
  }
  EXPECT_GE(av_write_trailer(raw), 0);
  avio_closep(&raw->pb);
  return test::read_file(path);
}

const std::string kLongPicture =
    "-f lavfi -i testsrc2=s=320x240:r=25:d=20 -vf noise=alls=80:allf=t " + test::kX264;
const std::string kLongSound = "-f lavfi -i anoisesrc=r=48000:d=20 -c:a aac -b:a 256k";

TEST(TranscodeLayout, SoundWhollyBehindThePicture) {
  const Counts counts = transcode(one_behind_the_other(kLongPicture, kLongSound), "medium");
  EXPECT_EQ(counts.pictures, 500U);
  EXPECT_GT(counts.sounds, 930U);
}

TEST(TranscodeLayout, PictureWhollyBehindTheSound) {
  const Counts counts = transcode(one_behind_the_other(kLongSound, kLongPicture), "medium");
  EXPECT_EQ(counts.pictures, 500U);
  EXPECT_GT(counts.sounds, 930U);
}

TEST(TranscodeLayout, MoreSoundBeforeThePictureThanMayWait) {
  // 12 MB of sound in a file that is read in its own order: more than the interleaver holds, so the
  // result is opened before the picture came.
  const std::string sound = "-f lavfi -i anoisesrc=r=48000:d=92 ";
  const std::string late = "-itsoffset 90 " + test::kPicture + test::kX264 + "-flags +ildct+ilme ";
  const Counts counts = transcode(test::make_clip(sound + late + "-c:a alac", "a.mkv"));
  EXPECT_EQ(counts.pictures, 50U);
  EXPECT_GT(counts.sounds, 900U);
  EXPECT_THAT(counts.notes, testing::Contains(testing::HasSubstr("came late")));
  // What only frames say is said of the first one, however late it comes.
  EXPECT_THAT(counts.losses, testing::ElementsAre(testing::HasSubstr("interlaced fields")));
}

TEST(TranscodeLayout, NoSoundAtAll) {
  const Counts counts = transcode(test::make_clip(test::kPicture + test::kX264, "a.mp4"));
  EXPECT_EQ(counts.pictures, 50U);
  EXPECT_EQ(counts.sounds, 0U);
}

TEST(TranscodeLayout, SoundThatIsEncodedAnew) {
  const Counts counts = transcode(
      test::make_clip(test::kPicture + test::kSound + test::kX264 + "-c:a pcm_s16le", "a.mkv"));
  EXPECT_EQ(counts.pictures, 50U);
  EXPECT_GE(counts.sounds, 94U);
}

}  // namespace
}  // namespace s3reel::pipeline
