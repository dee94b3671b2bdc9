#include "s3/s3_store.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/fake_s3_client.h"

namespace s3reel::s3 {
namespace {

using test::FakeS3Client;
using test::pattern_bytes;

class S3StoreTest : public testing::Test {
 protected:
  S3StoreTest()
      : store_(
            make_client(),
            clock_,
            base::Log(),
            S3Store::setup_for({}, {.endpoint_url = "http://127.0.0.1:1"})) {}

  std::unique_ptr<Client> make_client() {
    auto client = std::make_unique<FakeS3Client>();
    client_ = client.get();
    return client;
  }

  FakeS3Client* client_ = nullptr;
  base::SystemClock clock_;
  S3Store store_;
};

TEST_F(S3StoreTest, WhatIsPublishedCanBeReadUnderItsWholeName) {
  const auto payload = pattern_bytes(20 * base::kMiB);
  const std::string url = "s3://bucket/a folder//out.mp4";
  EXPECT_FALSE(store_.head(url, {}));
  const auto writer = store_.create(url, {}, {});
  writer->append(payload);
  const auto published = writer->publish();
  EXPECT_EQ(published.url, url);
  ASSERT_TRUE(client_->find("a folder//out.mp4"));
  EXPECT_EQ(store_.head(url, {})->etag, published.etag);

  const auto source = store_.open(url, {});
  std::vector<std::byte> read(payload.size());
  std::size_t at = 0;
  while (at < read.size()) {
    at += source->read_at(at, std::span(read).subspan(at));
  }
  EXPECT_EQ(read, payload);
  EXPECT_EQ(store_.traffic().requests.at("CompleteMultipartUpload"), 1U);
}

TEST_F(S3StoreTest, BuffersAndDeadlineAreThoseGiven) {
  StoreSettings settings;
  settings.retry.deadline_ms = 9;
  const auto setup =
      S3Store::setup_for({.read_ahead = 1'000, .parts_in_flight = 5, .parts_memory = 7}, settings);
  EXPECT_EQ(setup.reader.budget, 1'000U);
  EXPECT_EQ(setup.writer.parts_in_flight, 5);
  EXPECT_EQ(setup.writer.parts_memory, 7U);
  EXPECT_EQ(setup.writer.retry_deadline, std::chrono::milliseconds(9));
  EXPECT_TRUE(setup.writer.profile.conditional_complete);
}

TEST_F(S3StoreTest, OtherLocationsAreUsageErrors) {
  EXPECT_THROW(store_.open("in.mp4", {}), Error);
  EXPECT_THROW(store_.create("s3://bucket", {}, {}), Error);
}

TEST_F(S3StoreTest, TokensDiffer) {
  EXPECT_EQ(random_token().size(), 32U);
  EXPECT_NE(random_token(), random_token());
}

}  // namespace
}  // namespace s3reel::s3
