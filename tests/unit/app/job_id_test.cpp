#include "app/job_id.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace s3reel::app {
namespace {

const io::SourceIdentity kSource{
    .url = "s3://a/in.mp4", .size = 1'000, .etag = "\"abc\"", .last_modified = "Sun"};

Job plain_job() {
  return {
      .source = {.url = "s3://a/in.mp4"},
      .destination = {.url = "s3://a/out.mp4"},
      .ops = {BuiltInOp{.name = "grayscale"}}};
}

std::string id_of(const Job& job, const io::SourceIdentity& source = kSource) {
  return job_id(job, media::choose_container(job.format, job.destination.url), source);
}

TEST(JobId, IsASha256InHexadecimal) {
  const std::string id = id_of(plain_job());
  EXPECT_EQ(id.size(), 64U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(JobId, EqualJobsHaveEqualIds) {
  EXPECT_EQ(id_of(plain_job()), id_of(plain_job()));
}

TEST(JobId, DoesNotDependOnWhatDoesNotChangeTheResult) {
  Job other = plain_job();
  other.no_clobber = true;
  other.in_place = true;
  other.memory.budget = 1;
  other.memory.part_size = 2;
  other.memory.read_ahead = 3;
  other.source.store.retry.attempts = 3;
  other.source.store.credentials = Credentials{"id", "secret"};
  EXPECT_EQ(id_of(other), id_of(plain_job()));
}

TEST(JobId, EveryOptionThatChangesTheResultChangesIt) {
  const std::vector<std::function<void(Job&)>> changes{
      [](Job& job) { job.ops.clear(); },
      [](Job& job) { job.ops.push_back(BuiltInOp{.name = "grayscale"}); },
      [](Job& job) { std::get<BuiltInOp>(job.ops[0]).parameters.emplace("a", "1"); },
      [](Job& job) { std::get<BuiltInOp>(job.ops[0]).parameters.emplace("a", "2"); },
      [](Job& job) { job.video.codec = "libx265"; },
      [](Job& job) { job.video.crf = 0.0; },
      [](Job& job) { job.video.crf = 23.0; },
      [](Job& job) { job.video.preset = "slow"; },
      [](Job& job) { job.video.bitrate = 0; },
      [](Job& job) { job.video.bitrate = 1'000'000; },
      [](Job& job) { job.video.options.emplace("qp", "0"); },
      [](Job& job) { job.format.assign("mkv"); },
      [](Job& job) {
        job.format = "fmp4";
      }};
  std::set<std::string> ids{id_of(plain_job())};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Job job = plain_job();
    changes[i](job);
    EXPECT_TRUE(ids.insert(id_of(job)).second) << "change " << i;
  }
}

TEST(JobId, TheContainerCountsHoweverItWasChosen) {
  Job by_extension = plain_job();
  by_extension.destination.url = "s3://a/out.mkv";
  Job by_name = plain_job();
  by_name.format.assign("mkv");
  EXPECT_NE(id_of(by_extension), id_of(plain_job()));
  EXPECT_EQ(id_of(by_extension), id_of(by_name));
}

TEST(JobId, AnotherGenerationOfTheSourceIsAnotherJob) {
  std::set<std::string> ids{id_of(plain_job())};
  io::SourceIdentity other = kSource;
  other.etag = "\"abd\"";
  EXPECT_TRUE(ids.insert(id_of(plain_job(), other)).second);
  other = kSource;
  other.version_id = "v2";
  EXPECT_TRUE(ids.insert(id_of(plain_job(), other)).second);
  other = kSource;
  other.size = 1'001;
  EXPECT_TRUE(ids.insert(id_of(plain_job(), other)).second);
  other = kSource;
  other.last_modified = "Mon";
  EXPECT_TRUE(ids.insert(id_of(plain_job(), other)).second);
}

TEST(JobId, TakesBytesThatAreNotUtf8) {
  Job job = plain_job();
  job.video.options.emplace("x", "\xFF\xFE");
  EXPECT_EQ(id_of(job).size(), 64U);
}

}  // namespace
}  // namespace s3reel::app
