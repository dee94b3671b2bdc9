#include "pipeline/transcode.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "media/compat.h"
#include "media/decoder.h"
#include "media/library.h"
#include "media/picture.h"
#include "ops/registry.h"
#include "unit/media/clips.h"
#include "unit/media/frames.h"
#include "unit/media/packets.h"

namespace s3reel::pipeline {
namespace {

using test::Content;

/// Lets a test act when a place of the source is reached.
class ActingSource final : public io::ByteSource {
 public:
  ActingSource(const Content& bytes, std::uint64_t at, std::function<void()> act)
      : source_(test::source_of(bytes)), at_(at), act_(std::move(act)) {}

  [[nodiscard]] const io::SourceIdentity& identity() const override { return source_.identity(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (armed_ && offset >= at_) {
      act_();
    }
    // Small answers, so that places in the middle are reached.
    return source_.read_at(offset, out.first(std::min<std::size_t>(out.size(), 4'096)));
  }

  /// From now on: opening a file reads all over it.
  void arm() { armed_ = true; }

 private:
  io::MemorySource source_;
  std::uint64_t at_;
  std::function<void()> act_;
  bool armed_ = false;
};

/// One run over a store in memory.
class Bench {
 public:
  explicit Bench(Job job = {}) : job_(std::move(job)) {
    media::silence_libraries();
    if (job_.video.preset.empty() && job_.video.codec.empty()) {
      job_.video.preset = "ultrafast";
    }
    job_.video.threads = 1;
  }

  Outcome run(const Content& clip, media::Container container = media::Container::mp4) {
    ActingSource source(clip, 0, [] {});
    return run(source, container);
  }

  Outcome run(ActingSource& source, media::Container container = media::Container::mp4) {
    media::Demuxer demuxer(source, media::Demuxer::Depth::job, {});
    const media::StreamMap map = media::map_streams(demuxer, container, job_);
    demuxer.select(map.kept());
    const auto writer = store_.create("out", {}, stop_source_.get_token());
    ops::Chain chain(make_ops(), {}, log_);
    chain.start(
        1,
        media::describe_picture(demuxer.stream(map.video), demuxer.frame_rate(map.video), nullptr));
    Transcode transcode(
        {.job = job_,
         .demuxer = demuxer,
         .map = map,
         .container = container,
         .writer = *writer,
         .chain = chain,
         .counters = counters_,
         .stop_source = stop_source_,
         .limits = limits,
         .seen = nullptr,
         .log = log_});
    source.arm();
    Outcome outcome = transcode.run();
    writer->publish();
    return outcome;
  }

  [[nodiscard]] const Counters& counters() const { return counters_; }

  [[nodiscard]] std::stop_source& stop_source() { return stop_source_; }

  [[nodiscard]] Content result() const { return *store_.find("out").value().bytes; }

  [[nodiscard]] bool published() const { return store_.find("out").has_value(); }

  std::function<std::vector<OpFactory>()> make_ops = [this] {
    return ops::factories(job_.ops, {});
  };
  Limits limits;

 private:
  Job job_;
  base::Log log_;
  io::MemoryStore store_;
  Counters counters_;
  std::stop_source stop_source_;
};

Job gray_job() {
  return {.ops = {BuiltInOp{.name = "grayscale"}}};
}

TEST(Transcode, EveryFrameIsDecodedProcessedEncodedAndWritten) {
  Bench bench(gray_job());
  const Outcome outcome = bench.run(test::plain_clip());
  EXPECT_EQ(bench.counters().decoded, 50U);
  EXPECT_EQ(bench.counters().chain_in, 50U);
  EXPECT_EQ(bench.counters().chain_out, 50U);
  EXPECT_EQ(bench.counters().muxed, 50U);
  EXPECT_EQ(bench.counters().position_us, 2'000'000);
  EXPECT_DOUBLE_EQ(outcome.duration_seconds, 2.0);
  EXPECT_EQ(outcome.encoder, "libx264");
  EXPECT_EQ(outcome.stages.size(), 5U);
  const test::Opened result(bench.result());
  EXPECT_EQ(result.stream(0).nb_frames, 50);
}

TEST(Transcode, TimesOfThePictureAndCopiedSoundAreTheSources) {
  Bench bench(gray_job());
  bench.run(test::plain_clip());
  const test::Opened source(test::plain_clip());
  const test::Opened result(bench.result());
  const auto before = source.packets();
  const auto after = result.packets();
  for (int stream = 0; stream < 2; ++stream) {
    std::vector<double> was;
    std::vector<double> is;
    for (const auto& packet : test::of_stream(before, stream)) {
      was.push_back(static_cast<double>(packet->pts) * av_q2d(packet->time_base));
    }
    for (const auto& packet : test::of_stream(after, stream)) {
      is.push_back(static_cast<double>(packet->pts) * av_q2d(packet->time_base));
    }
    std::sort(was.begin(), was.end());
    std::sort(is.begin(), is.end());
    EXPECT_THAT(is, testing::Pointwise(testing::DoubleNear(1e-5), was)) << "stream " << stream;
  }
  const auto sound_before = test::of_stream(before, 1);
  const auto sound_after = test::of_stream(after, 1);
  ASSERT_EQ(sound_after.size(), sound_before.size());
  for (std::size_t i = 0; i < sound_before.size(); ++i) {
    EXPECT_TRUE(test::same_data(*sound_before[i], *sound_after[i])) << i;
  }
}

TEST(Transcode, CopiesThePictureWhereThatIsAsked) {
  Bench bench({.video = {.codec = "copy"}});
  const Outcome outcome = bench.run(test::plain_clip());
  EXPECT_EQ(bench.counters().decoded, 0U);
  EXPECT_EQ(bench.counters().muxed, 50U);
  EXPECT_EQ(outcome.stages.size(), 2U);
  const test::Opened source(test::plain_clip());
  const test::Opened result(bench.result());
  const auto before = test::of_stream(source.packets(), 0);
  const auto after = test::of_stream(result.packets(), 0);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(test::same_data(*before[i], *after[i])) << i;
  }
}

TEST(Transcode, GoesIntoEveryContainer) {
  for (const media::Container container :
       {media::Container::mp4,
        media::Container::fmp4,
        media::Container::mov,
        media::Container::mkv}) {
    Bench bench(gray_job());
    bench.run(test::plain_clip(), container);
    const test::Opened result(bench.result());
    EXPECT_EQ(test::of_stream(result.packets(), 0).size(), 50U) << media::facts(container).name;
  }
}

TEST(Transcode, SoundThatWasNotAnnouncedIsALoss) {
  Bench bench(gray_job());
  const Outcome outcome = bench.run(test::make_clip(test::kLateSound, "a.mpg"));
  EXPECT_EQ(bench.counters().muxed, 500U);
  EXPECT_THAT(outcome.losses, testing::Contains(testing::HasSubstr("was not announced")));
}

/// A second of white, its range as `range` says.
Content white(const std::string& range) {
  return test::make_clip(
      "-f lavfi -i color=white:s=128x96:r=25:d=1 -vf scale=out_range=" + range + " -color_range " +
          range + " -pix_fmt " + (range == "pc" ? "yuvj420p " : "yuv420p ") + test::kX264,
      "a.h264");
}

TEST(Transcode, AChangeOfRangeIsFollowedAndSaid) {
  Content clip = white("tv");
  const Content full = white("pc");
  clip.insert(clip.end(), full.begin(), full.end());
  Bench bench(gray_job());
  const Outcome outcome = bench.run(clip);
  EXPECT_THAT(
      outcome.losses,
      testing::Contains(testing::HasSubstr("colour range changes 1 times, first at 1.0")));
  const test::Opened result(bench.result());
  media::Decoder decoder(result.stream(0), 1, "result");
  int frames = 0;
  const auto look = [&frames](const media::FramePtr& frame) {
    ++frames;
    EXPECT_NEAR(test::component(*frame, 0).at(0), 235, 1) << frame->pts;
  };
  for (const media::PacketPtr& packet : result.packets()) {
    decoder.decode(*packet, look);
  }
  decoder.drain(look);
  EXPECT_EQ(frames, 50);
}

/// Waits at each frame of one format, for a while, until as many as are wanted have been decoded
/// beyond it, and notes how many there were.
class SlowOp final : public Op {
 public:
  struct Ahead {
    std::string format;
    std::uint64_t wanted;
    std::uint64_t most = 0;
  };

  SlowOp(const Counters& counters, Ahead& ahead) : counters_(counters), ahead_(ahead) {}

  [[nodiscard]] std::string name() const override { return "slow"; }

  [[nodiscard]] OpContract contract() const override { return {}; }

  void push(Frame frame, const Emit& emit) override {
    if (frame.shape().format == ahead_.format) {
      for (int i = 0; i < 20 && ahead() < ahead_.wanted; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      ahead_.most = std::max(ahead_.most, ahead());
    }
    emit(std::move(frame));
  }

 private:
  /// Those in the queue and the one in the decoder's hand.
  [[nodiscard]] std::uint64_t ahead() const { return counters_.decoded - counters_.chain_in; }

  const Counters& counters_;
  Ahead& ahead_;
};

TEST(Transcode, QueuesOfFramesKeepToTheirBytesWhenThePictureGrows) {
  const std::string picture = "-f lavfi -i testsrc2=s=640x480:r=25:d=1 ";
  const std::string codec = "-c:v libx264 -preset ultrafast -qp 40 -threads 1 -pix_fmt ";
  Content clip = test::make_clip(picture + codec + "yuv420p", "a.h264");
  const Content grown = test::make_clip(picture + codec + "yuv444p", "a.h264");
  clip.insert(clip.end(), grown.begin(), grown.end());
  constexpr std::size_t kPicture = std::size_t{640} * 480 * 3 / 2;
  const auto most_ahead = [&clip](const std::string& format) {
    SlowOp::Ahead ahead{.format = format, .wanted = 5};
    Bench bench;
    bench.limits = {.frames = 8, .frame_bytes = 8 * kPicture * 5 / 4};
    bench.make_ops = [&] {
      return std::vector<OpFactory>{[&] {
        return std::make_unique<SlowOp>(bench.counters(), ahead);
      }};
    };
    bench.run(clip);
    return ahead.most;
  };
  EXPECT_EQ(most_ahead("yuv420p"), 4U + 1);
  EXPECT_EQ(most_ahead("yuv444p"), 2U + 1) << "pictures of twice the size";
}

TEST(Transcode, Mp3OfALowRateIsEncodedForMp4) {
  const std::string sound = "-f lavfi -i sine=d=2 -c:a libmp3lame -ar 11025 ";
  const Content clip = test::make_clip(test::kPicture + sound + test::kX264, "a.mkv");
  Bench bench(gray_job());
  bench.run(clip);
  const test::Opened result(bench.result());
  EXPECT_EQ(result.stream(1).codecpar->codec_id, AV_CODEC_ID_AAC);
  EXPECT_EQ(result.stream(1).codecpar->sample_rate, 11'025);
}

TEST(Transcode, PicturesBeforeTheFirstTimeAreCounted) {
  const Content whole = test::make_clip(
      test::kPicture +
          "-c:v libx265 -preset ultrafast -x265-params "
          "keyint=10:min-keyint=10:scenecut=0:open-gop=0:radl=2:bframes=3:b-adapt=0:log-level="
          "error",
      "a.ts");
  // A recording that begins at the second key frame, whose leading pictures can be decoded.
  std::size_t key = 0;
  for (const media::PacketPtr& packet : test::Opened(whole).packets()) {
    if (key == 0 && packet->pos > 1'000 && (packet->flags & AV_PKT_FLAG_KEY) != 0) {
      key = static_cast<std::size_t>(packet->pos);
    }
  }
  Content clip = test::cut(whole, 3 * std::size_t{188});  // SDT, PAT, PMT
  clip.insert(clip.end(), whole.begin() + static_cast<std::ptrdiff_t>(key), whole.end());
  Bench bench(gray_job());
  const Outcome outcome = bench.run(clip);
  EXPECT_EQ(bench.counters().muxed, 42U);
  EXPECT_DOUBLE_EQ(outcome.duration_seconds, 1.6);
  EXPECT_THAT(outcome.losses, testing::Contains(testing::HasSubstr("2 pictures come before")));
}

TEST(Transcode, PreRollThatTheSourceHidesAsWellIsNoLoss) {
  const test::TemporaryFolder folder;
  test::write_file(folder.file("whole.mp4"), test::plain_clip());
  // Begins between two key frames: an edit list hides what comes before.
  const Content clip =
      test::make_clip("-ss 0.5 -i " + folder.file("whole.mp4") + " -c copy", "a.mp4");
  Bench bench(Job{.video = {.codec = "copy"}});
  EXPECT_THAT(bench.run(clip).losses, testing::IsEmpty());
}

TEST(Transcode, RotationThatOnlyTheBitstreamSaysIsKeptOrALoss) {
  const Content clip = test::make_clip(
      test::kPicture + test::kX264 + "-bsf:v h264_metadata=display_orientation=insert:rotate=90",
      "a.ts");
  Bench bench(gray_job());
  bench.run(clip);
  const test::Opened result(bench.result());
  const auto kept = media::compat::stream_side_data(result.stream(0));
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](const auto& data) {
    return data.type == AV_PKT_DATA_DISPLAYMATRIX;
  }));
  Bench mkv(gray_job());
  EXPECT_THAT(
      mkv.run(clip, media::Container::mkv).losses,
      testing::Contains(testing::HasSubstr("rotation of the picture's frames")));
}

TEST(Transcode, AFailureOfTheSourceIsThrownAndNothingIsPublished) {
  const Content& clip = test::plain_clip();
  for (std::size_t eighth = 1; eighth < 8; ++eighth) {
    Bench bench(gray_job());
    ActingSource source(
        clip, clip.size() * eighth / 10, [] { throw std::runtime_error("the line is dead"); });
    EXPECT_THROW(bench.run(source), std::runtime_error) << eighth;
    EXPECT_FALSE(bench.published());
    EXPECT_TRUE(bench.stop_source().stop_requested()) << "source and writer are told";
  }
}

TEST(Transcode, ABadPictureIsAnErrorOfTheInputAndNothingIsPublished) {
  Content clip = test::plain_clip();
  const test::Opened opened(clip);
  const auto packets = test::of_stream(opened.packets(), 0);
  const auto at = static_cast<std::ptrdiff_t>(packets.at(30)->pos);
  std::fill_n(clip.begin() + at, packets.at(30)->size, std::byte{0xFF});
  Bench bench(gray_job());
  try {
    bench.run(clip);
    ADD_FAILURE() << "it went through";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
  }
  EXPECT_FALSE(bench.published());
}

TEST(Transcode, AStopFromOutsideEndsItAtAnyPlace) {
  const Content& clip = test::plain_clip();
  for (std::size_t eighth = 0; eighth < 8; ++eighth) {
    Bench bench(gray_job());
    ActingSource source(
        clip, clip.size() * eighth / 10, [&bench] { bench.stop_source().request_stop(); });
    EXPECT_THROW(bench.run(source), base::Cancelled) << eighth;
    EXPECT_FALSE(bench.published());
  }
}

TEST(Transcode, AStopBeforeTheBeginningEndsIt) {
  Bench bench(gray_job());
  bench.stop_source().request_stop();
  EXPECT_THROW(bench.run(test::plain_clip()), base::Cancelled);
  EXPECT_FALSE(bench.published());
}

TEST(Transcode, AnEncoderThatRefusesItsOptionsStopsEverybody) {
  Bench bench({.video = {.options = {{"no-such-option", "1"}}}});
  try {
    bench.run(test::plain_clip());
    ADD_FAILURE() << "it went through";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
  }
  EXPECT_FALSE(bench.published());
}

}  // namespace
}  // namespace s3reel::pipeline
