#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "s3reel/s3reel.h"
#include "unit/media/clips.h"

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

}  // namespace
}  // namespace s3reel
