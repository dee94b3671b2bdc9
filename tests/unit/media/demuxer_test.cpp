#include "media/demuxer.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/library.h"
#include "unit/media/clips.h"

namespace s3reel::media {
namespace {

using test::Content;
using testing::HasSubstr;

/// Counts what is read and keeps what it is told about the plan.
class WatchedSource final : public io::ByteSource {
 public:
  explicit WatchedSource(Content bytes) : source_(test::source_of(std::move(bytes))) {}

  [[nodiscard]] const io::SourceIdentity& identity() const override { return source_.identity(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= fails_at_) {
      throw std::runtime_error("the line is dead");
    }
    const std::size_t got = source_.read_at(offset, out);
    read_ += got;
    return got;
  }

  void plan(const std::vector<io::ByteRange>& ranges) override { planned_ = ranges; }

  void fail_at(std::uint64_t offset) { fails_at_ = offset; }

  [[nodiscard]] const std::vector<io::ByteRange>& planned() const { return planned_; }

  [[nodiscard]] std::uint64_t read() const { return read_; }

 private:
  io::MemorySource source_;
  std::uint64_t fails_at_ = UINT64_MAX;
  std::uint64_t read_ = 0;
  std::vector<io::ByteRange> planned_;
};

std::vector<int> all_streams(const Demuxer& demuxer) {
  std::vector<int> indices;
  for (const AVStream* stream : demuxer.streams()) {
    indices.push_back(stream->index);
  }
  return indices;
}

/// Packets by stream, read to the end as a job does.
std::vector<int> read_all(io::ByteSource& source, const std::vector<int>& chosen = {}) {
  silence_libraries();
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select(chosen.empty() ? all_streams(demuxer) : chosen);
  std::vector<int> counts(demuxer.streams().size());
  const PacketPtr packet = make_packet();
  while (demuxer.read(*packet) == Demuxer::Read::packet) {
    ++counts.at(static_cast<std::size_t>(packet->stream_index));
    av_packet_unref(packet.get());
  }
  demuxer.check_complete();
  return counts;
}

ErrorInfo refusal(Content bytes, const std::vector<int>& chosen = {}) {
  WatchedSource source(std::move(bytes));
  try {
    read_all(source, chosen);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().subject, "s3://bucket/film");
    return error.info();
  }
  return {.kind = ErrorKind::internal, .reason = "it was read to its end"};
}

TEST(Demuxer, DeliversEveryPacketOfAWholeFile) {
  WatchedSource source(test::plain_clip());
  const auto counts = read_all(source);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0], 50);
  EXPECT_GE(counts[1], 94);
}

TEST(Demuxer, RefusesWhatIsNoVideoFile) {
  EXPECT_EQ(refusal({}).kind, ErrorKind::input);
  EXPECT_EQ(refusal(Content(1, std::byte{0})).kind, ErrorKind::input);
  EXPECT_EQ(refusal(Content(100'000, std::byte{'x'})).kind, ErrorKind::input);
}

TEST(Demuxer, NoCutOfAFileIsReadToItsEnd) {
  const std::string front = test::kPicture + test::kSound + test::kX264 + test::kAac + "-g 10 ";
  const std::vector<std::pair<std::string, std::string>> kinds{
      {front + "-movflags faststart", "a.mp4"}, {front, "a.mkv"}, {front, "a.avi"}};
  for (const auto& [arguments, name] : kinds) {
    const Content whole = test::make_clip(arguments, name);
    for (int eighth = 1; eighth < 8; ++eighth) {
      const std::size_t length = whole.size() * static_cast<std::size_t>(eighth) / 8;
      EXPECT_EQ(refusal(test::cut(whole, length)).kind, ErrorKind::input)
          << name << " cut at " << length << " of " << whole.size();
    }
    EXPECT_EQ(refusal(test::cut(whole, whole.size() - 1)).kind, ErrorKind::input) << name;
  }
}

TEST(Demuxer, AFileCutOffIsRefusedBeforeAnythingIsDecoded) {
  const Content whole =
      test::make_clip(test::kPicture + test::kX264 + "-movflags faststart", "a.mp4");
  WatchedSource source(test::cut(whole, whole.size() - 100));
  EXPECT_THROW(
      {
        Demuxer demuxer(source, Demuxer::Depth::job, {});
        demuxer.select(all_streams(demuxer));
      },
      Error);
}

/// The last byte of `type` in `bytes`, where the box's type begins.
std::size_t find_box(const Content& bytes, const std::string& type) {
  const auto same = [](std::byte a, char b) {
    return a == static_cast<std::byte>(b);
  };
  const auto at = std::search(bytes.begin(), bytes.end(), type.begin(), type.end(), same);
  if (at == bytes.end()) {
    throw std::runtime_error("no box " + type);
  }
  return static_cast<std::size_t>(at - bytes.begin());
}

TEST(Demuxer, ASampleThatTheIndexPutsBehindTheObjectIsTruncated) {
  Content bytes = test::make_clip(test::kPicture + test::kX264, "a.mp4");
  // The only chunk of the film is moved so that its samples end behind the object.
  const std::size_t stco = find_box(bytes, "stco");
  bytes.at(stco + 13) = std::byte{0x10};
  const ErrorInfo info = refusal(std::move(bytes));
  EXPECT_EQ(info.kind, ErrorKind::input);
  EXPECT_THAT(info.reason, HasSubstr("truncated"));
}

TEST(Demuxer, AFailureOfTheSourceIsTheSourcesOwnAtAnyPlace) {
  for (const char* name : {"a.mp4", "a.mkv", "a.ts", "a.avi"}) {
    const Content whole = test::make_clip(test::kPicture + test::kX264, name);
    for (int tenth = 0; tenth < 10; tenth += 3) {
      WatchedSource source(whole);
      source.fail_at(whole.size() * static_cast<std::size_t>(tenth) / 10);
      EXPECT_THROW(read_all(source), std::runtime_error) << name << " " << tenth;
    }
  }
}

TEST(Demuxer, TellsTheSourceWhatWillBeRead) {
  WatchedSource source(test::plain_clip());
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select({0});
  ASSERT_FALSE(source.planned().empty());
  std::uint64_t last = 0;
  for (const io::ByteRange& range : source.planned()) {
    EXPECT_GE(range.begin, last);
    EXPECT_LT(range.begin, range.end);
    last = range.end;
  }
  EXPECT_LE(last, source.identity().size);
  const PacketPtr packet = make_packet();
  while (demuxer.read(*packet) == Demuxer::Read::packet) {
    const auto begin = static_cast<std::uint64_t>(packet->pos);
    const bool covered = std::any_of(
        source.planned().begin(), source.planned().end(), [&](const io::ByteRange& range) {
          return range.begin <= begin &&
                 begin + static_cast<std::uint64_t>(packet->size) <= range.end;
        });
    EXPECT_TRUE(covered) << begin;
    av_packet_unref(packet.get());
  }
}

TEST(Demuxer, DeliversNothingOfStreamsThatWereNotSelected) {
  WatchedSource source(test::plain_clip());
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select({1});
  const PacketPtr packet = make_packet();
  int count = 0;
  while (demuxer.read(*packet) == Demuxer::Read::packet) {
    EXPECT_EQ(packet->stream_index, 1);
    ++count;
    av_packet_unref(packet.get());
  }
  EXPECT_GT(count, 90);
  EXPECT_NO_THROW(demuxer.check_complete());
}

TEST(Demuxer, LessThanTheIndexPromisesIsNotComplete) {
  WatchedSource source(test::plain_clip());
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select({0});
  const PacketPtr packet = make_packet();
  for (int i = 0; i < 49; ++i) {
    demuxer.read(*packet);
    av_packet_unref(packet.get());
  }
  try {
    demuxer.check_complete();
    ADD_FAILURE() << "49 of 50 samples are enough";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
    EXPECT_THAT(error.info().reason, HasSubstr("holds 49 samples, but its index promises 50"));
  }
  demuxer.read(*packet);
  EXPECT_NO_THROW(demuxer.check_complete());
}

TEST(Demuxer, ARecordingThatStatesNoLengthIsRefusedWhereItWasCut) {
  // Through a pipe the muxer cannot come back to write lengths.
  const Content film = test::make_clip(
      "-f lavfi -i testsrc2=s=160x120:r=25:d=6 -f lavfi -i sine=d=6 " + test::kX264 +
          "-g 25 -c:a libopus -f matroska - | cat >",
      "a.mkv");
  WatchedSource whole(film);
  EXPECT_EQ(read_all(whole).at(0), 150);
  int refused = 0;
  for (std::size_t lost = 1; lost < film.size() / 2; lost += 211) {
    const Content cut(film.begin(), film.end() - static_cast<std::ptrdiff_t>(lost));
    refused += refusal(cut).kind == ErrorKind::input ? 1 : 0;
  }
  // A cut between two elements cannot be told from an end; there are few such places.
  const auto cuts = static_cast<int>((film.size() / 2 - 1) / 211 + 1);
  EXPECT_GE(refused, cuts - 2) << "of " << cuts;
}

TEST(Demuxer, AFilmCutInsideTheIndexOfAFragmentIsRefused) {
  const Content film = test::make_clip(
      test::kPicture + test::kX264 + "-g 10 -movflags frag_keyframe+empty_moov+default_base_moof",
      "a.mp4");
  WatchedSource whole(film);
  EXPECT_EQ(read_all(whole).at(0), 50);
  const std::string type = "moof";
  const auto same = [](std::byte a, char b) {
    return a == static_cast<std::byte>(b);
  };
  const auto last = std::find_end(film.begin(), film.end(), type.begin(), type.end(), same);
  const auto moof = static_cast<std::size_t>(last - film.begin()) - 4;
  // Up to three zeros may be padding, too.
  for (std::size_t length = moof + 4; length < moof + 100; ++length) {
    EXPECT_EQ(refusal(test::cut(film, length)).kind, ErrorKind::input) << length - moof;
  }
}

TEST(Demuxer, PaddingBehindTheLastFragmentIsNoCut) {
  // Without the index of fragments that would stand behind the last one.
  const Content film = test::make_clip(
      test::kPicture + test::kX264 +
          "-g 10 -movflags frag_keyframe+empty_moov+default_base_moof+skip_trailer",
      "a.mp4");
  for (const Content& padding : {Content(3), Content(5), Content{std::byte{'\n'}}}) {
    Content padded = film;
    padded.insert(padded.end(), padding.begin(), padding.end());
    WatchedSource source(std::move(padded));
    EXPECT_EQ(read_all(source).at(0), 50) << padding.size();
  }
}

/// A recording whose picture has a PID of its own.
Content recording(int pid) {
  return test::make_clip(
      test::kPicture + test::kSound + test::kX264 + test::kAac +
          "-g 10 -streamid 0:" + std::to_string(pid) + " -streamid 1:300",
      "a.ts");
}

TEST(Demuxer, APictureThatGoesOnInAnotherStreamIsRefused) {
  const std::vector<int> first_picture{0};
  Content joined = recording(256);
  // libavformat also looks at the end of the file for its streams: the last one is announced, one
  // in the middle is not.
  for (const int pid : {257, 258}) {
    const Content more = recording(pid);
    joined.insert(joined.end(), more.begin(), more.end());
    const ErrorInfo info = refusal(joined, first_picture);
    EXPECT_EQ(info.kind, ErrorKind::input);
    EXPECT_THAT(info.reason, HasSubstr("its picture ends and goes on in stream"));
  }
}

TEST(Demuxer, AStreamThatBeginsInTheMiddleIsALoss) {
  WatchedSource source(test::make_clip(test::kLateSound, "a.mpg"));
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select(all_streams(demuxer));
  ASSERT_EQ(demuxer.streams().size(), 1U);
  const PacketPtr packet = make_packet();
  while (demuxer.read(*packet) == Demuxer::Read::packet) {
    av_packet_unref(packet.get());
  }
  EXPECT_NO_THROW(demuxer.check_complete());
  demuxer.close();
  EXPECT_THAT(
      demuxer.losses(),
      testing::ElementsAre("stream 1 (audio, mp2) begins at 10.529 s, was not announced and is "
                           "dropped"));
}

TEST(Demuxer, OpeningAFragmentedFileDoesNotVisitItsFragments) {
  const Content film = test::make_clip(
      "-f lavfi -i testsrc2=s=320x240:r=25:d=20 -vf noise=alls=60:allf=t " + test::kX264 +
          "-g 10 -movflags frag_keyframe+empty_moov+default_base_moof",
      "a.mp4");
  WatchedSource source(film);
  Demuxer demuxer(source, Demuxer::Depth::job, {});
  demuxer.select({0});
  EXPECT_LT(source.read(), film.size() / 10) << "of " << film.size();
  const PacketPtr packet = make_packet();
  int count = 0;
  while (demuxer.read(*packet) == Demuxer::Read::packet) {
    ++count;
    av_packet_unref(packet.get());
  }
  EXPECT_EQ(count, 500);
  EXPECT_NO_THROW(demuxer.check_complete());
}

TEST(Demuxer, ProbingReadsLittle) {
  const Content film = test::make_clip(
      "-f lavfi -i testsrc2=s=640x480:r=25:d=8 -vf noise=alls=100:allf=t " + test::kX264, "a.ts");
  ASSERT_GT(film.size(), 2'000'000U);
  WatchedSource source(film);
  const Demuxer demuxer(source, Demuxer::Depth::probe, {});
  EXPECT_EQ(demuxer.streams().size(), 1U);
  EXPECT_LT(source.read(), 1'000'000U);
}

TEST(Demuxer, GuessesAFrameRateThatRateControlCanUse) {
  WatchedSource source(test::plain_clip());
  const Demuxer demuxer(source, Demuxer::Depth::job, {});
  EXPECT_EQ(av_cmp_q(demuxer.frame_rate(0), {25, 1}), 0);
}

}  // namespace
}  // namespace s3reel::media
