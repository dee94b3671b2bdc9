#include "media/frame_cursor.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/media/clips.h"

namespace s3reel::media {
namespace {

/// A source that notes what of it was planned.
class PlannedSource final : public io::ByteSource {
 public:
  explicit PlannedSource(test::Content bytes) : inner_(test::source_of(std::move(bytes))) {}

  [[nodiscard]] const io::SourceIdentity& identity() const override { return inner_.identity(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    return inner_.read_at(offset, out);
  }

  void plan(const std::vector<io::ByteRange>& ranges) override { planned_ = ranges; }

  [[nodiscard]] std::uint64_t planned_bytes() const {
    std::uint64_t sum = 0;
    for (const io::ByteRange& range : planned_) {
      sum += range.end - range.begin;
    }
    return sum;
  }

 private:
  io::MemorySource inner_;
  std::vector<io::ByteRange> planned_;
};

/// A clip with a cursor through it.
struct Film {
  explicit Film(test::Content bytes) : source(std::move(bytes)) { demuxer.select({picture}); }

  PlannedSource source;
  base::Log log;
  Demuxer demuxer{source, Demuxer::Depth::job, log};
  int picture = picture_stream(demuxer);
  FrameCursor cursor{demuxer, picture, film_start(demuxer), 1};

  [[nodiscard]] std::int64_t tick(double seconds) const {
    return static_cast<std::int64_t>(seconds * cursor.time_base().den + 0.5);
  }
};

/// The first plane, without padding.
std::string luma(const AVFrame& frame) {
  std::string bytes;
  for (int y = 0; y < frame.height; ++y) {
    bytes.append(
        reinterpret_cast<const char*>(frame.data[0]) + y * frame.linesize[0],
        static_cast<std::size_t>(frame.width));
  }
  return bytes;
}

/// All frames by their times, decoded from the beginning on.
std::map<std::int64_t, std::string> all_frames(const test::Content& bytes) {
  Film film(bytes);
  std::map<std::int64_t, std::string> frames;
  while (const FramePtr frame = film.cursor.next()) {
    frames[frame->pts] = luma(*frame);
  }
  return frames;
}

struct Case {
  std::string name;
  std::string options;
};

std::ostream& operator<<(std::ostream& out, const Case& value) {
  return out << value.name;
}

class FrameCursorTest : public testing::TestWithParam<Case> {
 protected:
  const test::Content bytes_ =
      test::make_clip(test::kPicture + test::kSound + GetParam().options, GetParam().name);
  const std::map<std::int64_t, std::string> frames_ = all_frames(bytes_);
  Film film_{bytes_};

  /// The frame shown at a time, or the first one.
  [[nodiscard]] std::pair<std::int64_t, std::string> shown_at(std::int64_t time) const {
    const auto behind = frames_.upper_bound(time);
    return behind == frames_.begin() ? *behind : *std::prev(behind);
  }

  void expect_shown(const FramePtr& frame, std::int64_t time) const {
    ASSERT_TRUE(frame) << time;
    const auto [wanted, pixels] = shown_at(time);
    EXPECT_EQ(frame->pts, wanted) << time;
    EXPECT_TRUE(luma(*frame) == pixels) << time;
  }
};

TEST_P(FrameCursorTest, GivesAllFramesFromTheBeginning) {
  EXPECT_EQ(frames_.size(), 50U);
}

TEST_P(FrameCursorTest, FindsAnyFrameInAnyOrder) {
  for (const double seconds : {1.5, 0.0, 1.96, 0.39, 0.4, 0.41, 1.21, 0.04, 1.19, 1.2, 0.8}) {
    const std::int64_t time = film_.tick(seconds);
    expect_shown(film_.cursor.at(time), time);
  }
}

TEST_P(FrameCursorTest, GoesOnFromAnyPlace) {
  for (const double seconds : {1.0, 0.33, 1.7}) {
    std::int64_t time = film_.tick(seconds);
    film_.cursor.seek(time);
    FramePtr frame = film_.cursor.next();
    expect_shown(frame, time);
    for (int i = 0; i < 5; ++i) {
      time = std::next(frames_.find(frame->pts))->first;
      frame = film_.cursor.next();
      expect_shown(frame, time);
    }
  }
}

TEST_P(FrameCursorTest, StepsForwardBySmallAndLargeSteps) {
  for (const double step : {0.015, 0.1, 0.45}) {
    for (double seconds = 0.1; seconds < 1.8; seconds += step) {
      const std::int64_t time = film_.tick(seconds);
      expect_shown(film_.cursor.at(time, film_.tick(seconds + step)), time);
    }
  }
}

TEST_P(FrameCursorTest, KnowsWhereTheFilmEnds) {
  const FramePtr last = film_.cursor.at(film_.tick(5.0));
  expect_shown(last, film_.tick(5.0));
  EXPECT_TRUE(film_.cursor.is_at_last());
  const FramePtr earlier = film_.cursor.at(film_.tick(1.0));
  expect_shown(earlier, film_.tick(1.0));
  EXPECT_FALSE(film_.cursor.is_at_last());
}

TEST_P(FrameCursorTest, AsksTheIndexWhetherTheFilmHasEnded) {
  EXPECT_FALSE(film_.cursor.has_ended_by(film_.tick(1.999)));
  EXPECT_EQ(film_.cursor.has_ended_by(film_.tick(2.0)), film_.cursor.samples().has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Containers,
    FrameCursorTest,
    testing::Values(
        Case{"film.mp4", test::kX264 + "-g 10 -c:a aac"},
        Case{"film.mkv", test::kX264 + "-g 10 -c:a aac"},
        Case{"film.ts", test::kX264 + "-g 10 -c:a aac"},
        Case{"fragments.mp4", test::kX264 + "-g 10 -c:a aac -movflags frag_keyframe+empty_moov"},
        Case{"open.mp4", test::kX264 + "-g 10 -x264-params open-gop=1 -c:a aac"},
        Case{"open.ts", "-c:v mpeg2video -g 10 -bf 2 -q:v 2 -c:a mp2"}),
    [](const auto& one) {
      std::string name = one.param.name;
      std::ranges::replace(name, '.', '_');
      return name;
    });

TEST(FrameCursor, PlansWhatTheFramesNeedAndNoMore) {
  // Groups far enough apart that gaps are worth leaving out.
  const test::Content bytes = test::make_clip(
      "-f lavfi -i testsrc2=s=640x480:r=25:d=8,noise=alls=80:allf=t -c:v libx264 -preset ultrafast "
      "-qp 10 -g 25 -pix_fmt yuv420p",
      "noise.mp4");
  Film film(bytes);
  film.cursor.plan({{.from = film.tick(1.0), .to = film.tick(1.0)}});
  const std::uint64_t one = film.source.planned_bytes();
  EXPECT_GT(one, 0U);
  EXPECT_LT(one, bytes.size() / 20);
  film.cursor.plan({{.from = film.tick(1.0), .to = film.tick(1.9)}});
  EXPECT_GT(film.source.planned_bytes(), 5 * one);
  EXPECT_LT(film.source.planned_bytes(), bytes.size() / 5);
}

TEST(FrameCursor, AFilmThatLacksItsEndFailsAtItsEnd) {
  const test::Content whole = test::make_clip(
      test::kPicture + test::kX264 + "-g 10 -movflags frag_keyframe+empty_moov", "film.mp4");
  Film film(test::cut(whole, whole.size() * 2 / 3));
  EXPECT_THROW(while (film.cursor.next()){}, Error);
}

}  // namespace
}  // namespace s3reel::media
