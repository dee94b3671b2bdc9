#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/progress_meter.h"
#include "cli/progress_text.h"

namespace s3reel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kMi = 1024ULL * 1024ULL;

/// Ten frames and half a second of video in each second, of 200 s in all.
Progress moment(double elapsed) {
  return Progress{
      .position_seconds = elapsed / 2.0,
      .duration_seconds = 200.0,
      .frames = static_cast<std::uint64_t>(elapsed * 10.0),
      .elapsed_seconds = elapsed,
      .bytes_read = static_cast<std::uint64_t>(elapsed) * 2 * kMi,
      .bytes_written = static_cast<std::uint64_t>(elapsed) * kMi,
      .memory = 210 * kMi};
}

Snapshot after(double seconds) {
  ProgressMeter meter;
  Snapshot last{.progress = {}};
  const int halves = static_cast<int>(seconds * 2.0);
  for (int half = 1; half <= halves; ++half) {
    last = meter.add(moment(half / 2.0));
  }
  return last;
}

TEST(Meter, GivesPercentByTimeAndTheTimeLeft) {
  const auto now = after(100.0);
  EXPECT_DOUBLE_EQ(now.percent.value_or(-1), 25.0);
  EXPECT_DOUBLE_EQ(now.speed, 0.5);
  EXPECT_DOUBLE_EQ(now.eta_seconds.value_or(-1), 300.0);
  EXPECT_DOUBLE_EQ(now.frames_per_second, 10.0);
  EXPECT_NEAR(now.read_rate, 2.0 * kMi, 0.2 * kMi);
  EXPECT_NEAR(now.write_rate, 1.0 * kMi, 0.1 * kMi);
}

TEST(Meter, ForgetsWhatLiesBehindTheWindow) {
  ProgressMeter meter;
  for (int second = 1; second <= 100; ++second) {
    meter.add(moment(second));
  }
  auto fast = moment(100.0);
  for (int second = 1; second <= 20; ++second) {
    fast.elapsed_seconds += 1.0;
    fast.frames += 50;
    const auto now = meter.add(fast);
    EXPECT_GT(now.frames_per_second, 10.0);
  }
  fast.elapsed_seconds += 1.0;
  fast.frames += 50;
  EXPECT_DOUBLE_EQ(meter.add(fast).frames_per_second, 50.0);
}

TEST(Meter, KnowsNeitherPercentNorEtaWithoutADuration) {
  ProgressMeter meter;
  auto progress = moment(10.0);
  progress.duration_seconds = 0.0;
  const auto now = meter.add(progress);
  EXPECT_FALSE(now.percent);
  EXPECT_FALSE(now.eta_seconds);
  EXPECT_GT(now.frames_per_second, 0.0);
}

TEST(Meter, StaysInsideItsBoundsWithOddNumbers) {
  ProgressMeter meter;
  const auto start = meter.add(Progress{.duration_seconds = 10.0});
  EXPECT_EQ(start.percent, 0.0);
  EXPECT_FALSE(start.eta_seconds) << "nothing has moved yet";
  EXPECT_EQ(start.speed, 0.0);
  auto beyond = moment(10.0);
  beyond.position_seconds = 250.0;
  const auto end = meter.add(beyond);
  EXPECT_EQ(end.percent, 100.0);
  EXPECT_EQ(end.eta_seconds, 0.0);
  auto back = moment(11.0);
  back.position_seconds = -0.5;
  EXPECT_EQ(meter.add(back).percent, 0.0);
}

TEST(Bar, ShowsEverythingOnAWideTerminal) {
  const auto line = bar_line(after(100.0), 160);
  EXPECT_THAT(line, testing::StartsWith(" 25% [##########------------------------------]"));
  EXPECT_THAT(line, HasSubstr("0:50/3:20"));
  EXPECT_THAT(line, HasSubstr("ETA 5:00"));
  EXPECT_THAT(line, HasSubstr("10 fps"));
  EXPECT_THAT(line, HasSubstr("0.50x"));
  EXPECT_THAT(line, HasSubstr("read 2.0M/s"));
  EXPECT_THAT(line, HasSubstr("upload 1.0M/s"));
  EXPECT_THAT(line, HasSubstr("mem 210M"));
}

TEST(Bar, FitsWholeIntoEightyColumns) {
  const auto line = bar_line(after(100.0), 79);
  EXPECT_THAT(line, HasSubstr("["));
  EXPECT_THAT(line, HasSubstr("mem 210M"));
}

TEST(Bar, NeverExceedsTheWidth) {
  auto unknown = after(100.0);
  unknown.percent.reset();
  unknown.eta_seconds.reset();
  for (std::size_t width = 0; width <= 200; ++width) {
    EXPECT_LE(bar_line(after(100.0), width).size(), width);
    EXPECT_LE(bar_line(unknown, width).size(), width);
  }
}

TEST(Bar, LeavesOutTheLeastImportantFirst) {
  const auto narrow = bar_line(after(100.0), 30);
  EXPECT_THAT(narrow, HasSubstr("25%"));
  EXPECT_THAT(narrow, HasSubstr("0:50/3:20"));
  EXPECT_THAT(narrow, HasSubstr("ETA 5:00"));
  EXPECT_THAT(narrow, Not(HasSubstr("mem")));
  EXPECT_THAT(narrow, Not(HasSubstr("[")));
  EXPECT_EQ(bar_line(after(100.0), 4), " 25%");
}

TEST(Bar, HasNoPercentWithoutADuration) {
  ProgressMeter meter;
  auto progress = moment(10.0);
  progress.duration_seconds = 0.0;
  const auto line = bar_line(meter.add(progress), 100);
  EXPECT_THAT(line, testing::StartsWith("0:05 10 fps"));
  EXPECT_THAT(line, Not(HasSubstr("%")));
}

TEST(Bar, SaysHundredPercentOnlyAtTheEnd) {
  ProgressMeter meter;
  auto progress = moment(10.0);
  progress.position_seconds = 199.99;
  EXPECT_THAT(bar_line(meter.add(progress), 100), HasSubstr(" 99% ["));
  progress.publishing = true;
  const auto line = bar_line(meter.add(progress), 100);
  EXPECT_THAT(line, HasSubstr("100% ["));
  EXPECT_THAT(line, HasSubstr("publishing"));
  EXPECT_THAT(line, Not(HasSubstr("ETA")));
}

TEST(Plain, SaysEverythingOnOneLine) {
  EXPECT_EQ(
      plain_line(after(100.0)),
      "25.0%, 0:50/3:20, 1000 frames, 10.0 fps, 0.50x, ETA 5:00, read 200.0 MiB at 2.0 MiB/s, "
      "uploaded 100.0 MiB at 1.0 MiB/s, memory 210.0 MiB");
}

TEST(Plain, LeavesOutWhatIsUnknown) {
  ProgressMeter meter;
  auto progress = moment(10.0);
  progress.duration_seconds = 0.0;
  EXPECT_THAT(plain_line(meter.add(progress)), testing::StartsWith("0:05, 100 frames, 10.0 fps"));
}

TEST(Json, HasEveryFieldOfProgressAndTheDerivedOnes) {
  const auto json = nlohmann::json::parse(json_line(after(100.0)));
  EXPECT_EQ(json.at("event"), "progress");
  EXPECT_EQ(json.at("position_seconds"), 50.0);
  EXPECT_EQ(json.at("duration_seconds"), 200.0);
  EXPECT_EQ(json.at("frames"), 1000);
  EXPECT_EQ(json.at("elapsed_seconds"), 100.0);
  EXPECT_EQ(json.at("bytes_read"), 200 * kMi);
  EXPECT_EQ(json.at("bytes_written"), 100 * kMi);
  EXPECT_EQ(json.at("memory"), 210 * kMi);
  EXPECT_EQ(json.at("publishing"), false);
  EXPECT_EQ(json.at("percent"), 25.0);
  EXPECT_EQ(json.at("eta_seconds"), 300.0);
  EXPECT_EQ(json.at("frames_per_second"), 10.0);
  EXPECT_EQ(json.at("speed"), 0.5);
}

TEST(Json, IsOneLineWithNullForTheUnknown) {
  ProgressMeter meter;
  const auto line = json_line(meter.add(Progress{.elapsed_seconds = 1.0}));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(line).at("percent").is_null());
  EXPECT_TRUE(nlohmann::json::parse(line).at("eta_seconds").is_null());
}

}  // namespace
}  // namespace s3reel::cli
