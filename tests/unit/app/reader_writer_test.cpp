#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "s3reel/object_io.h"
#include "s3reel/reader.h"
#include "s3reel/writer.h"
#include "unit/media/clips.h"

namespace s3reel {
namespace {

/// A folder with the plain clip, 50 frames of 128x96.
class ReaderWriterTest : public testing::Test {
 protected:
  ReaderWriterTest() { test::write_file(source(), test::plain_clip()); }

  [[nodiscard]] std::string source() const { return folder_.file("in.mp4"); }

  [[nodiscard]] std::string result() const { return folder_.file("out.mp4"); }

  [[nodiscard]] std::unique_ptr<VideoReader> open() {
    return std::make_unique<VideoReader>(
        Location{.url = source()}, ReaderSettings{.threads = 1}, observer_);
  }

  [[nodiscard]] Job job() const {
    return {.source = {.url = source()}, .destination = {.url = result()}};
  }

  static int count(FrameSequence& frames) {
    int found = 0;
    while (frames.next()) {
      ++found;
    }
    return found;
  }

  test::TemporaryFolder folder_;
  Observer observer_;
};

TEST_F(ReaderWriterTest, SequencesRunSideBySideAndOutliveTheirReader) {
  std::unique_ptr<VideoReader> reader = open();
  const auto all = reader->frames({});
  const auto late = reader->frames({.start = 1.0});
  const auto gray =
      reader->frames({.end = 0.4, .look = {.format = "gray", .width = 64, .height = 48}});
  reader.reset();
  EXPECT_EQ(count(*late), 25);
  EXPECT_EQ(count(*all), 50);
  const std::optional<Frame> small = gray->next();
  ASSERT_TRUE(small);
  EXPECT_EQ(small->shape(), (FrameShape{"gray", 64, 48}));
}

TEST_F(ReaderWriterTest, ASequenceMayBeBrokenOffAnywhere) {
  const std::unique_ptr<VideoReader> reader = open();
  for (int taken = 0; taken < 12; taken += 3) {
    const auto frames = reader->frames({.start = 0.3});
    for (int i = 0; i < taken; ++i) {
      EXPECT_TRUE(frames->next());
    }
  }
  EXPECT_NEAR(reader->frame_at(1.0).seconds(), 1.0, 1e-6);
}

TEST_F(ReaderWriterTest, WaitingTellsWhetherTheNextFrameIsThere) {
  const auto frames = open()->frames({});
  int found = 0;
  while (true) {
    while (!frames->wait_for(std::chrono::milliseconds(1))) {
    }
    if (!frames->next()) {
      break;
    }
    ++found;
  }
  EXPECT_EQ(found, 50);
}

TEST_F(ReaderWriterTest, ASelectionThatMakesNoSenseIsRefused) {
  const std::unique_ptr<VideoReader> reader = open();
  for (const FrameSelection& wrong :
       {FrameSelection{.start = -1.0},
        FrameSelection{.start = 2.0, .end = 1.0},
        FrameSelection{.step = -0.5},
        FrameSelection{.look = {.format = "nosuch"}},
        FrameSelection{.look = {.width = 10}}}) {
    EXPECT_THROW(static_cast<void>(reader->frames(wrong)), Error);
  }
  EXPECT_THROW(static_cast<void>(reader->frame_at(100.0)), Error);
}

TEST_F(ReaderWriterTest, WhatIsWrittenIsThePictureOfTheResult) {
  Report report;
  {
    VideoWriter writer(job(), 0, 0, observer_);
    const auto frames = open()->frames({.look = {.format = "rgb24"}});
    while (std::optional<Frame> frame = frames->next()) {
      writer.write(*std::move(frame));
    }
    EXPECT_FALSE(std::filesystem::exists(result()));
    report = writer.publish();
  }
  EXPECT_EQ(report.frames.muxed, 50U);
  EXPECT_EQ(report.frames.decoded, 50U);
  VideoReader made({.url = result()}, {}, observer_);
  EXPECT_EQ(count(*made.frames({})), 50);
  EXPECT_EQ(made.facts().streams.size(), 2U);
}

TEST_F(ReaderWriterTest, NothingAppearsWithoutPublish) {
  {
    VideoWriter writer(job(), 64, 48, observer_);
    Frame frame = writer.model(0).like({.format = "rgb24", .width = 64, .height = 48});
    const WritablePlane pixels = frame.writable_plane(0);
    for (int y = 0; y < pixels.rows; ++y) {
      std::memset(pixels.row(y), 90, static_cast<std::size_t>(pixels.row_bytes));
    }
    writer.write(frame.share());
    EXPECT_THROW(writer.write(frame.share()), Error);  // its time does not come after itself
    EXPECT_THROW(
        writer.write(writer.model(5).like({.format = "rgb24", .width = 10, .height = 10})), Error);
  }
  EXPECT_FALSE(std::filesystem::exists(result()));
}

TEST_F(ReaderWriterTest, AStopRequestEndsAWriter) {
  std::stop_source stop;
  VideoWriter writer(job(), 0, 0, observer_, stop.get_token());
  stop.request_stop();
  const Frame frame = writer.model(0).like({.format = "yuv420p", .width = 128, .height = 96});
  EXPECT_THROW(
      for (std::int64_t i = 0; i < 1000; ++i) {
        Frame next = frame.share();
        next.set_pts(i * 512);
        writer.write(std::move(next));
      },
      Error);
  EXPECT_THROW(writer.publish(), Error);
  EXPECT_FALSE(std::filesystem::exists(result()));
}

TEST_F(ReaderWriterTest, AResultWithoutAFrameIsRefused) {
  VideoWriter writer(job(), 0, 0, observer_);
  EXPECT_THROW(writer.publish(), Error);
  EXPECT_FALSE(std::filesystem::exists(result()));
}

TEST_F(ReaderWriterTest, ObjectsAreCopiedByTheirBytes) {
  SourceObject from({.url = source()}, {}, observer_);
  {
    SinkObject never({.url = result()}, {}, observer_);
    never.write(0, std::as_bytes(std::span("x")));
  }
  EXPECT_FALSE(std::filesystem::exists(result()));
  SinkObject to({.url = folder_.file("copy.bin")}, {}, observer_);
  std::vector<std::byte> buffer(10'000);
  while (const std::size_t got = from.read_at(to.end(), buffer)) {
    to.write(to.end(), std::span(buffer).first(got));
  }
  EXPECT_EQ(to.publish().object.size, test::plain_clip().size());
  const test::Content copy = test::read_file(folder_.file("copy.bin"));
  EXPECT_EQ(copy.size(), test::plain_clip().size());
}

TEST_F(ReaderWriterTest, AReaderIsForAnyNumberOfThreads) {
  const std::unique_ptr<VideoReader> reader = open();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&reader, i] {
      EXPECT_EQ(count(*reader->frames({.start = 0.5 * i})), 50 - static_cast<int>(12.5 * i + 0.5));
      EXPECT_NEAR(reader->frame_at(0.4 * i).seconds(), 0.4 * i, 1e-6);
    });
  }
}

}  // namespace
}  // namespace s3reel
