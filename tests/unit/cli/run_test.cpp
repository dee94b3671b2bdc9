#include "cli/run.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace s3reel::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Report good_report() {
  return Report{
      .version = "s3reel 0.1.0",
      .source = {.url = "s3://b/in.mp4", .size = 2097152},
      .result = {.url = "s3://b/out.mp4", .size = 1048576, .duration_seconds = 20.0},
      .losses = {"subtitle stream 2 is not kept"},
      .notes = {"a start offset of 10 s is removed"},
      .frames = {.decoded = 500, .chain_in = 500, .chain_out = 500, .muxed = 500},
      .limiting_stage = "encode",
      .wall_seconds = 4.0};
}

[[noreturn]] void not_expected() {
  throw std::logic_error("not expected in this test");
}

/// A library that does nothing but what the test puts in.
Engine engine() {
  return Engine{
      .process = [](const Job&, Observer&, const std::stop_token&) -> Report { not_expected(); },
      .plan = [](const Job&, Observer&, const std::stop_token&) -> Plan { not_expected(); },
      .probe = [](const Location&, Observer&, const std::stop_token&) -> Probe { not_expected(); },
      .clean = [](const Location&, const CleanOptions&, Observer&, const std::stop_token&)
          -> CleanSummary { not_expected(); },
      .presign = [](const Location&, std::chrono::seconds, const std::string&) -> std::string {
        not_expected();
      },
      .op_catalogue = []() -> std::vector<OpDescription> { not_expected(); },
      .check_plugin = [](const PluginOp&, Observer&, const std::stop_token&) -> PluginDescription {
        not_expected();
      },
      .python_op = [](const std::string&) -> OpFactory { not_expected(); },
      .version_lines =
          [] {
            return std::vector<std::string>{"s3reel 0.1.0", "libavcodec 59.37.100"};
          }};
}

struct Result {
  int code = -1;
  std::string out;
  std::string err;
};

Result run_with(const Engine& engine, const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Result result;
  result.code = run(arguments, engine, Host{.out = out, .err = err});
  result.out = out.str();
  result.err = err.str();
  return result;
}

Engine succeeding() {
  auto made = engine();
  made.process = [](const Job&, Observer&, const std::stop_token&) {
    return good_report();
  };
  return made;
}

Engine failing(const ErrorInfo& info) {
  auto made = engine();
  made.process = [info](const Job&, Observer&, const std::stop_token&) -> Report {
    throw Error(info);
  };
  return made;
}

/// A path that no other test has; removed at the end.
class TemporaryFile {
 public:
  TemporaryFile()
      : path_(
            std::filesystem::temp_directory_path() /
            ("s3reel-run-test-" + std::to_string(::getpid()) + ".json")) {}

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  ~TemporaryFile() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_.string(); }

  [[nodiscard]] nlohmann::json json() const {
    std::ifstream file(path_);
    return nlohmann::json::parse(file);
  }

 private:
  std::filesystem::path path_;
};

TEST(RunProcess, SaysWhatWasDoneAndEveryLoss) {
  const auto result = run_with(succeeding(), {"process", "s3://b/in.mp4", "s3://b/out.mp4"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(
      result.err,
      AllOf(
          HasSubstr("s3reel: s3://b/out.mp4: 500 frames, 20.000 s of video in 4.0 s (125.0 fps, "
                    "5.00x), 1.0 MiB from 2.0 MiB"),
          HasSubstr("limited by encode"),
          HasSubstr("s3reel: note: a start offset"),
          HasSubstr("s3reel: warning: subtitle stream 2 is not kept\n")));
}

TEST(RunProcess, QuietSaysLossesOnly) {
  const auto result = run_with(succeeding(), {"process", "a", "b", "-q"});
  EXPECT_EQ(result.err, "s3reel: warning: subtitle stream 2 is not kept\n");
}

TEST(RunProcess, HandsTheJobOver) {
  Job seen;
  auto made = engine();
  made.process = [&seen](const Job& job, Observer&, const std::stop_token&) {
    seen = job;
    return good_report();
  };
  run_with(made, {"--s3_input_path", "s3://b/i", "--s3_output_path", "s3://b/o", "--crf", "20"});
  EXPECT_EQ(seen.source.url, "s3://b/i");
  EXPECT_EQ(seen.destination.url, "s3://b/o");
  EXPECT_EQ(seen.video.crf, 20.0);
  ASSERT_EQ(seen.ops.size(), 1U);
}

TEST(RunProcess, WritesTheReportAtTheEndOnly) {
  const TemporaryFile file;
  auto made = engine();
  made.process = [&file](const Job&, Observer&, const std::stop_token&) {
    EXPECT_FALSE(std::filesystem::exists(file.path()));
    return good_report();
  };
  EXPECT_EQ(run_with(made, {"process", "a", "b", "--report", file.path()}).code, 0);
  const auto json = file.json();
  EXPECT_EQ(json.at("result").at("url"), "s3://b/out.mp4");
  EXPECT_FALSE(json.contains("error"));
}

TEST(RunProcess, WritesTheReportToStandardOutput) {
  const auto result = run_with(succeeding(), {"process", "a", "b", "--report", "-"});
  EXPECT_EQ(nlohmann::json::parse(result.out).at("frames").at("muxed"), 500);
}

TEST(RunProcess, AFailedJobHasAReportWithTheError) {
  const auto made = failing(ErrorInfo{
      .kind = ErrorKind::unavailable,
      .retryable = true,
      .operation = "s3.UploadPart",
      .subject = "s3://b/out.mp4 part 7",
      .reason = "no answer",
      .http_status = 503,
      .s3_code = "SlowDown",
      .request_id = "R1"});
  const auto result =
      run_with(made, {"process", "https://h/k?X-Amz-Signature=abc", "s3://b/o", "--report", "-"});
  EXPECT_EQ(result.code, 5);
  EXPECT_THAT(result.err, HasSubstr("s3reel: error: s3.UploadPart s3://b/out.mp4 part 7: no"));
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_FALSE(json.contains("result"));
  EXPECT_EQ(json.at("version"), "s3reel 0.1.0");
  EXPECT_EQ(json.at("source_url"), "https://h/k?***");
  EXPECT_EQ(json.at("destination_url"), "s3://b/o");
  const auto& error = json.at("error");
  EXPECT_EQ(error.at("kind"), "unavailable");
  EXPECT_EQ(error.at("exit_code"), 5);
  EXPECT_EQ(error.at("retryable"), true);
  EXPECT_EQ(error.at("http_status"), 503);
  EXPECT_EQ(error.at("s3_code"), "SlowDown");
  EXPECT_EQ(error.at("request_id"), "R1");
}

TEST(RunProcess, AReportThatCannotBeWrittenIsAnError) {
  const auto result = run_with(succeeding(), {"process", "a", "b", "--report", "/dev/full"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("write report /dev/full: No space left"));
  EXPECT_THAT(result.err, HasSubstr("500 frames")) << "the result is published all the same";
  const auto first = result.err.find("/dev/full");
  EXPECT_EQ(result.err.find("/dev/full", first + 1), std::string::npos)
      << "a published job gets no report of a failure";
}

TEST(RunProcess, AReportWithoutItsFolderIsFoundBeforeTheJob) {
  const auto result = run_with(engine(), {"process", "a", "b", "--report", "/nowhere/at/all.json"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("report /nowhere/at/all.json: No such file"));
}

TEST(RunProcess, AFailureKeepsItsCodeWhenTheReportFailsToo) {
  const auto made = failing(ErrorInfo{.kind = ErrorKind::input, .reason = "not a video"});
  const auto result = run_with(made, {"process", "a", "b", "--report", "/dev/full"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, AllOf(HasSubstr("not a video"), HasSubstr("/dev/full")));
}

TEST(RunProcess, AnyTerminalGetsWhatATerminalTakesAtOnce) {
  const auto made = failing(ErrorInfo{.kind = ErrorKind::input, .reason = "not a video"});
  for (const auto screen : {Screen::terminal, Screen::dumb, Screen::other}) {
    std::ostringstream out;
    std::ostringstream err;
    int room = 1;
    const auto take = [&room](const std::stop_token&) {
      return room-- > 0;
    };
    run({"process", "a", "b", "--progress", "none"},
        made,
        Host{.out = out, .err = err, .err_screen = screen, .err_ready = take});
    EXPECT_THAT(err.str(), HasSubstr("not a video"));
    EXPECT_EQ(err.str().back() == '\n', screen == Screen::other) << "a line end goes by itself";
  }
}

/// Returns when a stop is requested; the limit is only there to end a broken run.
void wait_for_stop(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  const auto limit = std::chrono::minutes(1);
  changed.wait_for(lock, stop, limit, [] { return false; });
  EXPECT_TRUE(stop.stop_requested());
}

TEST(RunProcess, ASignalStopsTheJobAndGivesTheExitCode) {
  auto made = engine();
  made.process = [](const Job&, Observer&, const std::stop_token& stop) -> Report {
    ::kill(::getpid(), SIGTERM);
    wait_for_stop(stop);
    throw Error(ErrorInfo{.kind = ErrorKind::interrupted, .reason = "interrupted"});
  };
  const auto result = run_with(made, {"process", "a", "b"});
  EXPECT_EQ(result.code, 143);
  EXPECT_THAT(
      result.err,
      AllOf(
          HasSubstr("s3reel: stopping, cleaning up…"),
          HasSubstr("error: interrupted by SIGTERM\n")));
}

TEST(RunProcess, AResultThatWasPublishedDuringAStopIsASuccess) {
  auto made = engine();
  made.process = [](const Job&, Observer&, const std::stop_token& stop) {
    ::kill(::getpid(), SIGTERM);
    wait_for_stop(stop);
    return good_report();
  };
  EXPECT_EQ(run_with(made, {"process", "a", "b"}).code, 0);
}

TEST(RunProcess, AnUnexpectedExceptionIsOurDefect) {
  const auto result = run_with(engine(), {"process", "a", "b"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("this is a defect in s3reel"));
}

TEST(RunProcess, DryRunDescribesThePlanAndRunsNothing) {
  auto made = engine();
  made.plan = [](const Job&, Observer&, const std::stop_token&) {
    return Plan{
        .source = {.url = "s3://b/in.mp4", .size = 2097152, .format = "mp4"},
        .format = "mp4",
        .encoder = "libx264",
        .streams = {StreamFacts{
            .index = 0,
            .type = "video",
            .codec = "h264",
            .fate = StreamFate::processed,
            .result_codec = "libx264"}},
        .losses = {"chapters"},
        .part_size = 8388608,
        .memory_budget = 1073741824,
        .buffer_bytes = 68157440,
        .codec_bytes = 104857600,
        .requests = {{"GetObject", 1}},
        .gets_left = 3};
  };
  const auto result =
      run_with(made, {"process", "s3://b/in.mp4", "s3://b/o", "--op", "grayscale", "--dry-run"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(
      result.out,
      AllOf(
          HasSubstr("nothing is written"),
          HasSubstr("#0 video h264: processed with libx264"),
          HasSubstr("ops grayscale"),
          HasSubstr("loss: chapters"),
          HasSubstr("requests made to look 1 GetObject, at least 3 more to read all"),
          HasSubstr("parts of 8.0 MiB"),
          HasSubstr("buffers of 65.0 MiB, budget 1.0 GiB; the codecs take about 100.0 MiB more")));
  const auto json = run_with(made, {"process", "a", "b", "--dry-run", "--report", "-"});
  EXPECT_EQ(nlohmann::json::parse(json.out).at("encoder"), "libx264");
}

TEST(RunProbe, DescribesTheSource) {
  auto made = engine();
  made.probe = [](const Location& source, Observer&, const std::stop_token&) {
    return Probe{
        .object = {.url = source.url, .size = 1024, .format = "mp4", .duration_seconds = 2.0},
        .streams = {ProbedStream{
            .index = 0,
            .type = "video",
            .codec = "h264",
            .width = 640,
            .height = 360,
            .rotation = 90}},
        .chapters = {"0.000 s Start"},
        .metadata = {{"title", "evil \x1b[2J title"}}};
  };
  const auto text = run_with(made, {"probe", "s3://b/k"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(
      text.out,
      AllOf(
          HasSubstr("s3://b/k: mp4, 1.0 KiB, 2.000 s\n"),
          HasSubstr("#0 video h264: 640x360, rotation 90"),
          HasSubstr("0.000 s Start"),
          HasSubstr("title: evil  [2J title"),
          Not(HasSubstr("\x1b"))));
  const auto json = nlohmann::json::parse(run_with(made, {"probe", "s3://b/k", "--json"}).out);
  EXPECT_EQ(json.at("streams").at(0).at("width"), 640);
}

TEST(RunClean, PrintsWhatItSettles) {
  auto made = engine();
  made.clean = [](const Location& prefix,
                  const CleanOptions& options,
                  Observer& observer,
                  const std::stop_token&) {
    EXPECT_EQ(prefix.url, "s3://b/p");
    observer.on_message(Observer::Level::warning, "uploads are not listed");
    observer.on_orphan(
        {.destination = "s3://b/p/o",
         .upload_id = "u1",
         .record = "s3://b/p/o.s3reel/job-t",
         .last_active = "2024-01-02T03:04:05Z",
         .bytes = 2097152,
         .fate = OrphanFate::removed});
    observer.on_orphan(
        {.record = "s3://b/p/x.s3reel/job-t",
         .last_active = "2024-01-02T03:04:05Z",
         .fate = OrphanFate::unreadable,
         .reason = "it is \x1b[2J no record"});
    if (options.force) {
      throw Error(ErrorInfo{.kind = ErrorKind::unavailable, .reason = "gone"});
    }
    return CleanSummary{.removed = 1, .removed_bytes = 2097152, .left = 1, .other_uploads = 3};
  };
  const auto result = run_with(made, {"clean", "s3://b/p"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(
      result.out,
      "removed: s3://b/p/o, upload u1 of 2.0 MiB, last active 2024-01-02T03:04:05Z\n"
      "unreadable: s3://b/p/x.s3reel/job-t, last active 2024-01-02T03:04:05Z: it is  [2J no "
      "record\n");
  EXPECT_THAT(
      result.err,
      AllOf(
          HasSubstr("uploads are not listed"),
          HasSubstr("1 removed (2.0 MiB), 1 left alone; uploads of other writers, not touched: 3"
                    "\n")));
  EXPECT_THAT(
      run_with(made, {"clean", "s3://b/p", "--dry-run"}).out, HasSubstr("would be removed: s3://"));
  const auto failed = run_with(made, {"clean", "s3://b/p", "--force", "--json"});
  EXPECT_EQ(failed.code, 5);
  const auto line = failed.out.substr(0, failed.out.find('\n'));
  EXPECT_EQ(nlohmann::json::parse(line).at("fate"), "removed");
  EXPECT_EQ(nlohmann::json::parse(line).at("bytes"), 2097152);
}

TEST(RunPresign, PrintsTheUrl) {
  auto made = engine();
  made.presign = [](const Location& object, std::chrono::seconds time, const std::string& method) {
    return method + " " + object.url + " " + std::to_string(time.count());
  };
  const auto result = run_with(made, {"presign", "s3://b/k", "--expires", "15m"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "GET s3://b/k 900\n");
}

TEST(RunTopLevel, VersionHelpAndUsage) {
  EXPECT_EQ(run_with(engine(), {"--version"}).out, "s3reel 0.1.0\nlibavcodec 59.37.100\n");
  const auto help = run_with(engine(), {"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Exit codes:"));
  const auto wrong = run_with(engine(), {"proces"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("s3reel: error: s3reel: unknown command 'proces'"));
  EXPECT_THAT(wrong.out, IsEmpty());
}

TEST(RunTopLevel, OutputThatNobodyTakesIsAnError) {
  std::ostringstream out;
  std::ostringstream err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(run({"--help"}, engine(), Host{.out = out, .err = err}), 4);
  EXPECT_THAT(err.str(), HasSubstr("standard output"));
}

}  // namespace
}  // namespace s3reel::cli
