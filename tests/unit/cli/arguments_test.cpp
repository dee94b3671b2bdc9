#include "cli/arguments.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/option_table.h"
#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Invocation process(std::vector<std::string> options) {
  options.insert(options.begin(), {"process", "s3://b/in.mp4", "s3://b/out.mp4"});
  return parse_arguments(std::move(options));
}

std::string refusal(const std::vector<std::string>& arguments) {
  try {
    parse_arguments(arguments);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    return error.what();
  }
  return {};
}

std::string process_refusal(std::vector<std::string> options) {
  options.insert(options.begin(), {"process", "s3://b/in.mp4", "s3://b/out.mp4"});
  return refusal(options);
}

TEST(Process, DefaultsAreThoseOfTheJob) {
  const auto invocation = process({});
  EXPECT_EQ(invocation.command, Command::process);
  EXPECT_EQ(invocation.job.source.url, "s3://b/in.mp4");
  EXPECT_EQ(invocation.job.destination.url, "s3://b/out.mp4");
  EXPECT_TRUE(invocation.job.ops.empty());
  EXPECT_FALSE(invocation.job.memory.budget);
  EXPECT_FALSE(invocation.job.memory.part_size);
  EXPECT_EQ(invocation.job.source.store.retry.attempts, RetrySettings{}.attempts);
  EXPECT_FALSE(invocation.job.no_clobber);
  EXPECT_EQ(invocation.mode, RunMode::run);
  EXPECT_EQ(invocation.progress, ProgressMode::automatic);
  EXPECT_EQ(invocation.verbosity, Verbosity::normal);
}

const BuiltInOp& built_in(const Job& job, std::size_t index) {
  return std::get<BuiltInOp>(job.ops.at(index));
}

TEST(Process, TakesOpsInTheirOrder) {
  const auto job = process({"--op", "grayscale", "--op=scale:w=2,h=4", "--op", "grayscale"}).job;
  ASSERT_EQ(job.ops.size(), 3U);
  EXPECT_EQ(built_in(job, 0).name, "grayscale");
  EXPECT_EQ(built_in(job, 1).name, "scale");
  EXPECT_THAT(built_in(job, 1).parameters, ElementsAre(Pair("h", "4"), Pair("w", "2")));
  EXPECT_EQ(built_in(job, 2).name, "grayscale");
}

TEST(Process, TakesEncodingOptions) {
  const auto video = process({"--video-codec",
                              "libx264",
                              "--crf",
                              "18.5",
                              "--preset=veryfast",
                              "--bitrate",
                              "4M",
                              "--encoder-opt",
                              "qp=0",
                              "--encoder-opt",
                              "tune=film",
                              "--threads",
                              "3"})
                         .job.video;
  EXPECT_EQ(video.codec, "libx264");
  EXPECT_EQ(video.crf, 18.5);
  EXPECT_EQ(video.preset, "veryfast");
  EXPECT_EQ(video.bitrate, 4'000'000);
  EXPECT_THAT(video.options, ElementsAre(Pair("qp", "0"), Pair("tune", "film")));
  EXPECT_EQ(video.threads, 3);
}

TEST(Process, TakesANegativeNumberAsAValue) {
  EXPECT_EQ(process({"--crf", "-6"}).job.video.crf, -6.0);
}

TEST(Process, TakesResultOptions) {
  const auto invocation =
      process({"--format", "mkv", "--no-clobber", "--in-place", "--dry-run", "--report", "-"});
  EXPECT_EQ(invocation.job.format, "mkv");
  EXPECT_TRUE(invocation.job.no_clobber);
  EXPECT_TRUE(invocation.job.in_place);
  EXPECT_EQ(invocation.mode, RunMode::dry_run);
  EXPECT_EQ(invocation.report_file, "-");
}

TEST(Process, TakesOutputOptions) {
  EXPECT_EQ(process({"-q"}).verbosity, Verbosity::quiet);
  EXPECT_EQ(process({"--verbose"}).verbosity, Verbosity::verbose);
  EXPECT_EQ(process({"-v", "-v"}).verbosity, Verbosity::verbose);
  EXPECT_EQ(process({"--progress", "auto"}).progress, ProgressMode::automatic);
  EXPECT_EQ(process({"--progress", "bar"}).progress, ProgressMode::bar);
  EXPECT_EQ(process({"--progress", "plain"}).progress, ProgressMode::plain);
  EXPECT_EQ(process({"--progress", "json"}).progress, ProgressMode::json);
  EXPECT_EQ(process({"--progress", "none"}).progress, ProgressMode::none);
  EXPECT_THAT(process_refusal({"-q", "-v"}), HasSubstr("contradicts --quiet"));
}

TEST(Process, StoreOptionsActOnBothSides) {
  const auto job = process({"--endpoint-url",
                            "http://127.0.0.1:7480",
                            "--region",
                            "eu-central-1",
                            "--addressing",
                            "virtual",
                            "--ca-bundle",
                            "ca.pem"})
                       .job;
  for (const auto* store : {&job.source.store, &job.destination.store}) {
    EXPECT_EQ(store->endpoint_url, "http://127.0.0.1:7480");
    EXPECT_EQ(store->region, "eu-central-1");
    EXPECT_EQ(store->addressing, Addressing::virtual_hosted);
    EXPECT_EQ(store->ca_bundle, "ca.pem");
  }
  EXPECT_EQ(process({"--addressing=path"}).job.source.store.addressing, Addressing::path);
  EXPECT_EQ(process({"--addressing=auto"}).job.source.store.addressing, Addressing::automatic);
}

TEST(Process, OneSideIsStrongerThanBothWhateverTheOrder) {
  const auto job = process({"--source-endpoint-url",
                            "http://source",
                            "--dest-region",
                            "there",
                            "--endpoint-url",
                            "http://both",
                            "--region",
                            "here"})
                       .job;
  EXPECT_EQ(job.source.store.endpoint_url, "http://source");
  EXPECT_EQ(job.destination.store.endpoint_url, "http://both");
  EXPECT_EQ(job.source.store.region, "here");
  EXPECT_EQ(job.destination.store.region, "there");
  const auto other = process({"--source-region", "a", "--dest-endpoint-url", "http://dest"}).job;
  EXPECT_EQ(other.source.store.region, "a");
  EXPECT_FALSE(other.destination.store.region);
  EXPECT_EQ(other.destination.store.endpoint_url, "http://dest");
  EXPECT_FALSE(other.source.store.endpoint_url);
}

TEST(Process, TakesLimitsOfRetryAndMemory) {
  const auto job = process({"--retry-attempts",
                            "3",
                            "--retry-deadline-ms",
                            "4000",
                            "--connect-timeout-ms",
                            "500",
                            "--stall-timeout-ms",
                            "600",
                            "--memory",
                            "256M",
                            "--read-ahead",
                            "32M",
                            "--part-size",
                            "16M",
                            "--parts-in-flight",
                            "4"})
                       .job;
  for (const auto* store : {&job.source.store, &job.destination.store}) {
    EXPECT_EQ(store->retry.attempts, 3);
    EXPECT_EQ(store->retry.deadline_ms, 4000);
    EXPECT_EQ(store->retry.connect_timeout_ms, 500);
    EXPECT_EQ(store->retry.stall_timeout_ms, 600);
  }
  EXPECT_EQ(job.memory.budget, 256U << 20U);
  EXPECT_EQ(job.memory.read_ahead, 32U << 20U);
  EXPECT_EQ(job.memory.part_size, 16U << 20U);
  EXPECT_EQ(job.memory.parts_in_flight, 4);
}

TEST(Process, TakesADashAndNamesThatLookLikeOptionsAsLocations) {
  const auto job = parse_arguments({"process", "--crf", "20", "--", "-odd.mp4", "-"}).job;
  EXPECT_EQ(job.source.url, "-odd.mp4");
  EXPECT_EQ(job.destination.url, "-");
  EXPECT_EQ(parse_arguments({"process", "probe", "presign"}).job.source.url, "probe");
}

TEST(Process, RefusesNonsenseOfEveryValue) {
  for (const auto& option : command_table().front().options) {
    const bool free_text = option.placeholder.empty() || option.placeholder == "FILE" ||
                           option.group == "Short form" || option.names[0] == "--video-codec" ||
                           option.names[0] == "--preset" || option.names[0] == "--filter" ||
                           option.names[0] == "--plugin" || option.placeholder == "REGION";
    if (!free_text) {
      EXPECT_THAT(
          process_refusal({option.names[0], "!nonsense!"}),
          AllOf(HasSubstr(option.names[0] + " '!nonsense!'"), HasSubstr("; ")));
    }
    if (!option.placeholder.empty() && option.group != "Short form") {
      EXPECT_THAT(process_refusal({option.names[0], ""}), HasSubstr(option.names[0]));
      EXPECT_THAT(process_refusal({option.names[0] + "="}), HasSubstr("has no value"));
      EXPECT_THAT(process_refusal({option.names[0]}), HasSubstr("has no value"));
    }
  }
}

TEST(Process, RefusesAnOptionGivenTwice) {
  EXPECT_THAT(process_refusal({"--crf", "20", "--crf", "30"}), HasSubstr("--crf: given more"));
}

TEST(Process, RefusesAValueForAFlag) {
  EXPECT_NE(process_refusal({"--dry-run=no"}), "");
}

TEST(Process, RefusesUnknownOptionsWithTheNearestName) {
  EXPECT_THAT(
      process_refusal({"--presset", "fast"}),
      AllOf(HasSubstr("unknown option '--presset'"), HasSubstr("did you mean '--preset'?")));
  EXPECT_THAT(process_refusal({"-x"}), HasSubstr("unknown option '-x'"));
  EXPECT_THAT(process_refusal({"third.mp4"}), HasSubstr("unexpected argument 'third.mp4'"));
}

TEST(Process, NeverRepeatsTheValueOfAnUnknownOption) {
  EXPECT_THAT(
      process_refusal({"--secret-access-key=hunter2"}),
      AllOf(HasSubstr("--secret-access-key"), Not(HasSubstr("hunter2"))));
}

TEST(Process, NamesTheMissingLocation) {
  EXPECT_THAT(refusal({"process"}), HasSubstr("SOURCE is missing"));
  EXPECT_THAT(
      refusal({"process", "a.mp4"}),
      AllOf(HasSubstr("DESTINATION is missing"), HasSubstr("s3reel process SOURCE DESTINATION")));
}

TEST(Process, RefusesReportAndVideoOnTheSameStream) {
  EXPECT_THAT(refusal({"process", "a.mp4", "-", "--report", "-"}), HasSubstr("standard output"));
  for (const char* report : {"a.mp4", "./b.mp4"}) {
    EXPECT_THAT(
        refusal({"process", "a.mp4", "b.mp4", "--report", report}), HasSubstr("would replace it"));
  }
  EXPECT_THAT(
      refusal({"process", "file:///v/in.mp4", "b.mp4", "--report", "/v/in.mp4"}),
      HasSubstr("would replace it"));
}

TEST(Process, RefusesAReportThatCannotBeWritten) {
  EXPECT_THAT(
      refusal({"process", "a.mp4", "b.mp4", "--report", "s3://b/r.json"}),
      HasSubstr("give a local file"));
  for (const char* report : {"/nowhere/at/all.json", "/proc"}) {
    try {
      parse_arguments({"process", "a.mp4", "b.mp4", "--report", report});
      FAIL() << report;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::refused);
      EXPECT_THAT(error.what(), HasSubstr(report));
    }
  }
}

TEST(ShortForm, IsProcessWithGrayscale) {
  const auto invocation =
      parse_arguments({"--s3_input_path", "s3://b/in.mp4", "--s3_output_path=s3://b/out.mp4"});
  EXPECT_EQ(invocation.command, Command::process);
  EXPECT_EQ(invocation.job.source.url, "s3://b/in.mp4");
  EXPECT_EQ(invocation.job.destination.url, "s3://b/out.mp4");
  ASSERT_EQ(invocation.job.ops.size(), 1U);
  EXPECT_EQ(built_in(invocation.job, 0).name, "grayscale");
}

TEST(ShortForm, TakesTheOptionsOfProcessInAnyOrder) {
  const auto invocation = parse_arguments(
      {"-q", "--crf", "20", "--s3_output_path", "o", "--op", "scale:w=2", "--s3_input_path", "i"});
  EXPECT_EQ(invocation.verbosity, Verbosity::quiet);
  EXPECT_EQ(invocation.job.video.crf, 20.0);
  ASSERT_EQ(invocation.job.ops.size(), 2U);
  EXPECT_EQ(built_in(invocation.job, 0).name, "grayscale");
  EXPECT_EQ(built_in(invocation.job, 1).name, "scale");
}

TEST(ShortForm, RefusesAHalfAndAMixture) {
  EXPECT_THAT(refusal({"--s3_input_path", "i"}), HasSubstr("--s3_output_path is missing"));
  EXPECT_THAT(refusal({"--s3_output_path", "o"}), HasSubstr("--s3_input_path is missing"));
  EXPECT_THAT(
      refusal({"--s3_input_path", "i", "--s3_output_path", "o", "third.mp4"}),
      HasSubstr("unexpected argument 'third.mp4'"));
}

TEST(Probe, TakesItsOptions) {
  const auto plain = parse_arguments({"probe", "s3://b/k"});
  EXPECT_EQ(plain.command, Command::probe);
  EXPECT_EQ(plain.object.url, "s3://b/k");
  EXPECT_EQ(plain.print_format, PrintFormat::text);
  const auto full =
      parse_arguments({"probe", "s3://b/k", "--json", "--region", "r", "--retry-attempts", "2"});
  EXPECT_EQ(full.print_format, PrintFormat::json);
  EXPECT_EQ(full.object.store.region, "r");
  EXPECT_EQ(full.object.store.retry.attempts, 2);
  EXPECT_THAT(refusal({"probe"}), HasSubstr("SOURCE is missing"));
  EXPECT_THAT(refusal({"probe", "a", "--crf", "2"}), HasSubstr("unknown option '--crf'"));
}

TEST(Presign, TakesItsOptions) {
  const auto plain = parse_arguments({"presign", "s3://b/k"});
  EXPECT_EQ(plain.command, Command::presign);
  EXPECT_EQ(plain.object.url, "s3://b/k");
  EXPECT_EQ(plain.expires.count(), 3600);
  EXPECT_EQ(plain.method, "GET");
  const auto full = parse_arguments(
      {"presign", "s3://b/k", "--expires", "15m", "--method", "PUT", "--addressing", "path"});
  EXPECT_EQ(full.expires.count(), 900);
  EXPECT_EQ(full.method, "PUT");
  EXPECT_EQ(full.object.store.addressing, Addressing::path);
  EXPECT_THAT(refusal({"presign", "s3://b/k", "--expires", "8d"}), HasSubstr("out of range"));
  EXPECT_THAT(refusal({"presign", "s3://b/k", "--method", "POST"}), HasSubstr("GET, PUT"));
}

TEST(Arguments, Clean) {
  const auto plain = parse_arguments({"clean", "s3://b/p"});
  EXPECT_EQ(plain.command, Command::clean);
  EXPECT_EQ(plain.object.url, "s3://b/p");
  EXPECT_EQ(plain.cleaning.older_than, std::chrono::hours(24));
  EXPECT_FALSE(plain.cleaning.dry_run);
  EXPECT_FALSE(plain.cleaning.force);
  const auto full = parse_arguments(
      {"clean", "s3://b", "--older-than", "0", "--dry-run", "--force", "--json", "-q"});
  EXPECT_EQ(full.cleaning.older_than, std::chrono::seconds(0));
  EXPECT_TRUE(full.cleaning.dry_run);
  EXPECT_TRUE(full.cleaning.force);
  EXPECT_EQ(full.print_format, PrintFormat::json);
  EXPECT_THAT(refusal({"clean"}), HasSubstr("PREFIX is missing"));
}

TEST(TopLevel, HelpAndVersion) {
  EXPECT_EQ(parse_arguments({"--help"}).command, Command::help);
  EXPECT_EQ(parse_arguments({"-h"}).command, Command::help);
  EXPECT_EQ(parse_arguments({"--version"}).command, Command::version);
  EXPECT_THAT(
      parse_arguments({"process", "--crf", "x", "--help"}).help_text,
      HasSubstr("Usage: s3reel process SOURCE DESTINATION"));
}

TEST(TopLevel, RefusesWhatIsNoCommand) {
  EXPECT_THAT(refusal({}), HasSubstr("no command"));
  EXPECT_THAT(
      refusal({"proces", "a", "b"}),
      AllOf(HasSubstr("unknown command 'proces'"), HasSubstr("did you mean 'process'?")));
  EXPECT_THAT(refusal({"-v", "process", "a", "b"}), HasSubstr("before a command"));
}

}  // namespace
}  // namespace s3reel::cli
