#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "s3reel/s3reel.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel {
namespace {

class Thrower final : public Observer {
 public:
  void on_message(Level /*level*/, const std::string& /*text*/) override {
    throw std::runtime_error("the terminal is on fire");
  }
};

TEST(Process, WhatAnObserverThrowsStopsTheJobAndIsThrownOn) {
  const test::TemporaryFolder folder;
  test::write_file(folder.file("in.mp4"), test::plain_clip());
  Job job{.source = {.url = folder.file("in.mp4")}, .destination = {.url = folder.file("out.mp4")}};
  Thrower observer;
  EXPECT_THROW(process(job, observer), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(folder.file("out.mp4")));
}

/// From in.mp4 to out.mp4.
Report processed_in(const test::TemporaryFolder& folder) {
  test::write_file(folder.file("in.mp4"), test::plain_clip());
  Observer observer;
  return process(
      {.source = {.url = folder.file("in.mp4")}, .destination = {.url = folder.file("out.mp4")}},
      observer);
}

TEST(Process, TheBusiestStageIsTheOneThatLimits) {
  const test::TemporaryFolder folder;
  const Report report = processed_in(folder);
  ASSERT_EQ(report.stages.size(), 5U);
  const auto busiest = std::ranges::max_element(report.stages, {}, &StageFacts::busy_seconds);
  EXPECT_EQ(report.limiting_stage, busiest->name);
  EXPECT_GT(busiest->busy_seconds, 0.0);
}

TEST(Process, CountsTheBytesOfLocalFiles) {
  const test::TemporaryFolder folder;
  const Report report = processed_in(folder);
  EXPECT_GE(report.bytes_read, report.source.size);
  EXPECT_EQ(report.bytes_written, std::filesystem::file_size(folder.file("out.mp4")));
  EXPECT_TRUE(report.requests.empty());
}

TEST(Process, WhereOnlyTheFirstFrameShowsTheFormatADamagedOneBeforeItIsBorneAndCountedOnce) {
  // Libavformat looks at 5 MB for the format; each picture stands for itself.
  test::Content clip = test::make_clip(
      "-f lavfi -i anoisesrc=r=48000:d=32 -itsoffset 30 " + test::kPicture +
          "-c:v libx264 -preset ultrafast -g 1 -threads 1 -c:a pcm_s32le",
      "a.mkv");
  const test::Opened opened(clip);
  ASSERT_EQ(opened.stream(0).codecpar->format, AV_PIX_FMT_NONE);
  const auto packets = test::of_stream(opened.packets(), 0);
  const auto at = static_cast<std::ptrdiff_t>(packets.at(0)->pos) + packets.at(0)->size / 2;
  std::fill_n(clip.begin() + at, packets.at(0)->size / 2, std::byte{0xFF});
  const test::TemporaryFolder folder;
  test::write_file(folder.file("in.mkv"), clip);
  Job job{.source = {.url = folder.file("in.mkv")}, .destination = {.url = folder.file("out.mkv")}};
  Observer observer;
  EXPECT_THROW(process(job, observer), Error);
  job.tolerate = 1;
  const Report report = process(job, observer);
  EXPECT_EQ(report.damaged.size(), 1U);
  EXPECT_EQ(report.frames.muxed, 49U);
}

}  // namespace
}  // namespace s3reel
