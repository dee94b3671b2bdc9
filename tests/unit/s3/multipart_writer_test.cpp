#include <stop_token>
#include <thread>

#include "unit/s3/writer_fixture.h"

namespace s3reel::s3 {
namespace {

using test::FakeCall;
using test::FakeS3Client;
using test::pattern_bytes;
using test::to_bytes;

TEST_F(MultipartWriterTest, ASmallObjectIsOnePut) {
  const auto payload = pattern_bytes(7 * base::kMiB);
  auto writer = make({.content_type = "video/mp4", .metadata = {{"s3reel-job", "abc"}}});
  write(writer, payload);
  EXPECT_TRUE(client_.calls().empty());
  const auto published = writer.publish();
  const auto stored = client_.find("out.mp4");
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->bytes(), payload);
  EXPECT_EQ(stored->content_type, "video/mp4");
  EXPECT_EQ(stored->metadata.at("s3reel-job"), "abc");
  EXPECT_EQ(stored->metadata.at("s3reel-token"), "token-1");
  EXPECT_EQ(published.etag, stored->etag);
  EXPECT_EQ(published.size, payload.size());
  EXPECT_EQ(published.guard, io::Guard::none);
  EXPECT_EQ(client_.calls("PutObject").size(), 1U);
  EXPECT_TRUE(client_.calls("CreateMultipartUpload").empty());
}

TEST_F(MultipartWriterTest, HeadIsInsertedAndGoesUpLast) {
  auto expected = pattern_bytes(30 * base::kMiB + 12'345);
  const auto index = pattern_bytes(700'000, 9);
  auto writer = make();
  write(writer, expected);
  writer.patch(40, to_bytes("size"));
  writer.insert(32, index);
  const auto preview = writer.preview();
  const auto published = writer.publish();

  const auto patch = to_bytes("size");
  std::copy(patch.begin(), patch.end(), expected.begin() + 40);
  expected.insert(expected.begin() + 32, index.begin(), index.end());
  ASSERT_TRUE(client_.find("out.mp4"));
  EXPECT_EQ(client_.find("out.mp4")->bytes(), expected);
  EXPECT_EQ(published.size, expected.size());
  EXPECT_EQ(preview.size, expected.size());
  EXPECT_TRUE(std::equal(preview.head.begin(), preview.head.end(), expected.begin()));
  const auto parts = client_.calls("UploadPart");
  EXPECT_EQ(parts.size(), 7U);
  EXPECT_TRUE(std::none_of(
      parts.begin(), parts.end() - 2, [](const FakeCall& call) { return call.part == 1; }));
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, AssemblesPartsThatArriveInAnyOrder) {
  Gate gate;
  client_.before = [&gate](const FakeCall& call, const std::stop_token& stop) {
    if (call.operation == "UploadPart" && call.part == 2) {
      gate.pass(stop);
    }
    if (call.operation == "UploadPart" && call.part == 4) {
      gate.open();
    }
  };
  const auto payload = pattern_bytes(5 * kPart);
  auto writer = make();
  write(writer, payload);
  writer.publish();
  EXPECT_EQ(client_.find("out.mp4")->bytes(), payload);
}

TEST_F(MultipartWriterTest, NeverMoreThanTheAllowedPartsAtOnce) {
  auto writer = make();
  write(writer, pattern_bytes(12 * kPart));
  writer.publish();
  EXPECT_LE(client_.most_parts_at_once(), 2);
  EXPECT_LE(writer.peak_part_buffers(), 3U);
}

TEST_F(MultipartWriterTest, DestroyedItPublishesNothingAndLeavesNothing) {
  {
    auto writer = make();
    write(writer, pattern_bytes(4 * kPart));
  }
  EXPECT_EQ(client_.calls("AbortMultipartUpload").size(), 1U);
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, DiscardIsIdempotentAndPublishAfterItThrows) {
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  writer.discard();
  writer.discard();
  EXPECT_EQ(error_of([&] { writer.publish(); }).kind, ErrorKind::internal);
  EXPECT_EQ(error_of([&] { writer.append(to_bytes("a")); }).kind, ErrorKind::internal);
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, AnErrorInAPartSurfacesAndTheUploadIsRemoved) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "UploadPart" && call.part == 3) {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  {
    auto writer = make();
    const ErrorInfo error = error_of([&] {
      write(writer, pattern_bytes(10 * kPart));
      writer.publish();
    });
    EXPECT_EQ(error.s3_code, "AccessDenied");
  }
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, StopEndsAnAppendThatWaitsForRoom) {
  grace_ = base::Clock::Duration{0};
  Gate gate;
  client_.before = [&gate](const FakeCall& call, const std::stop_token& stop) {
    if (call.operation == "UploadPart") {
      gate.pass(stop);
    }
  };
  {
    auto writer = make();
    std::jthread stopper([&] {
      gate.await_waiting(2);
      stop_.request_stop();
    });
    EXPECT_THROW(write(writer, pattern_bytes(6 * kPart)), base::Cancelled);
    EXPECT_THROW(writer.publish(), base::Cancelled);
  }
  expect_nothing_left();
}

}  // namespace
}  // namespace s3reel::s3
