#include "s3/job_record.h"

#include <chrono>
#include <span>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/fake_s3_client.h"

namespace s3reel::s3 {
namespace {

std::string text_of(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    text += static_cast<char>(byte);
  }
  return text;
}

TEST(JobRecord, LiesBesideItsDestinationAndNamesTheUpload) {
  test::FakeS3Client client;
  const JobRecord record{
      .destination = {.bucket = "bucket", .key = "a b/\"out\".mp4"},
      .token = "t0",
      .started = "2024-01-02T03:04:05Z",
      .upload_id = "u1"};
  put_job_record(client, record, {});
  const auto stored = client.find("a b/\"out\".mp4.s3reel/job-t0");
  ASSERT_TRUE(stored);
  const auto json = nlohmann::json::parse(text_of(stored->bytes()));
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_EQ(json.at("destination"), "s3://bucket/a b/\"out\".mp4");
  EXPECT_EQ(json.at("token"), "t0");
  EXPECT_EQ(json.at("started"), "2024-01-02T03:04:05Z");
  EXPECT_EQ(json.at("upload_id"), "u1");
  delete_job_record(client, record, {});
  EXPECT_FALSE(client.find("a b/\"out\".mp4.s3reel/job-t0"));
}

TEST(JobRecord, IsReadAsItWasPut) {
  for (const std::string key : {"out.mp4", "\xff.mp4", "a.s3reel/job-b"}) {
    test::FakeS3Client client;
    const JobRecord record{
        .destination = {.bucket = "bucket", .key = key},
        .token = "t",
        .started = "2024-01-02T03:04:05Z",
        .upload_id = "u1",
        .unsettled = true,
        .retry_deadline = std::chrono::minutes(7)};
    put_job_record(client, record, {});
    const auto read = read_job_record(client, record.name(), {});
    ASSERT_TRUE(read) << key;
    EXPECT_EQ(read->destination.url(), record.destination.url());
    EXPECT_EQ(read->started, record.started);
    EXPECT_EQ(read->upload_id, "u1");
    EXPECT_TRUE(read->unsettled);
    EXPECT_EQ(read->retry_deadline, std::chrono::minutes(7));
  }
}

TEST(JobRecord, OfAnOlderVersionHasTheUsualDeadline) {
  test::FakeS3Client client;
  const JobRecord record{
      .destination = {.bucket = "b", .key = "out.mp4"}, .token = "t", .started = {}};
  auto json = nlohmann::json::parse(record.to_json());
  json.erase("retry_deadline_ms");
  const std::string text = json.dump();
  client.put_object(record.name(), {std::as_bytes(std::span(text))}, {}, {});
  const auto read = read_job_record(client, record.name(), {});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->retry_deadline, std::chrono::minutes(5));
}

TEST(JobRecord, ADeadlineThatNoJobHasMakesItUnreadable) {
  test::FakeS3Client client;
  const JobRecord record{
      .destination = {.bucket = "b", .key = "out.mp4"}, .token = "t", .started = {}};
  for (const char* deadline :
       {"-150001",
        "0",
        "9223372036854775807",
        "315360000000",
        "1e300",
        "1.5",
        "\"300000\"",
        "null"}) {
    auto json = nlohmann::json::parse(record.to_json());
    json["retry_deadline_ms"] = nlohmann::json::parse(deadline);
    const std::string text = json.dump();
    client.put_object(record.name(), {std::as_bytes(std::span(text))}, {}, {});
    EXPECT_FALSE(read_job_record(client, record.name(), {})) << deadline;
  }
}

TEST(JobRecord, OtherNamesAreNone) {
  for (const std::string key : {"out.mp4", ".s3reel/job-t", "out.mp4.s3reel/job-", "job-t"}) {
    EXPECT_FALSE(job_record_called({.bucket = "bucket", .key = key})) << key;
  }
}

}  // namespace
}  // namespace s3reel::s3
