#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unit/s3/writer_fixture.h"

namespace s3reel::s3 {
namespace {

using test::FakeCall;
using test::FakeS3Client;
using test::pattern_bytes;
using test::to_bytes;

TEST_F(MultipartWriterTest, ALostCompleteThatWorkedIsASuccess) {
  client_.after = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      throw FakeS3Client::refusal(404, "NoSuchUpload");
    }
  };
  const auto payload = pattern_bytes(3 * kPart);
  auto writer = make();
  write(writer, payload);
  const auto published = writer.publish();
  EXPECT_EQ(published.etag, client_.find("out.mp4")->etag);
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, ARefusalAfterALostCompleteThatWorkedIsASuccess) {
  const std::vector<std::pair<int, std::string>> refusals = {
      {400, "InvalidPart"}, {403, "ExpiredToken"}, {409, "ConditionalRequestConflict"}};
  for (const auto& refusal : refusals) {
    client_.after = [&](const FakeCall& call, const std::stop_token&) {
      if (call.operation == "CompleteMultipartUpload") {
        throw FakeS3Client::refusal(refusal.first, refusal.second);
      }
    };
    auto writer = make();
    write(writer, pattern_bytes(3 * kPart));
    const auto published = writer.publish();
    EXPECT_EQ(published.etag, client_.find("out.mp4")->etag) << refusal.second;
    expect_nothing_left({"out.mp4"});
    client_.delete_object({.bucket = "bucket", .key = "out.mp4"}, {});
  }
}

TEST_F(MultipartWriterTest, ARefusalStandsWhereTheObjectCannotBeLookedAt) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      throw FakeS3Client::refusal(400, "InvalidPart");
    }
    if (call.operation == "HeadObject") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  EXPECT_EQ(error_of([&] { writer.publish(); }).s3_code, "InvalidPart");
}

TEST_F(MultipartWriterTest, ALostCompleteThatDidNotWorkIsAnErrorAlsoOverAnOlderObject) {
  const auto payload = pattern_bytes(3 * kPart);
  client_.put("out.mp4", payload);  // same size, no token: not ours
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      throw FakeS3Client::outage();
    }
  };
  {
    auto writer = make();
    write(writer, payload);
    EXPECT_EQ(error_of([&] { writer.publish(); }).kind, ErrorKind::unavailable);
    EXPECT_EQ(client_.uploads(), 0U);
  }
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, WhenTheOutcomeCannotBeSettledTheErrorSaysSo) {
  bool down = false;
  client_.after = [&down](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload" || down) {
      down = true;
      throw FakeS3Client::outage();
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  const ErrorInfo error = error_of([&] { writer.publish(); });
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_NE(error.reason.find("unknown whether the object was published"), std::string::npos);
}

TEST_F(MultipartWriterTest, ARefusedCompleteIsAnErrorAtOnce) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      throw FakeS3Client::refusal(400, "InvalidPart");
    }
  };
  {
    auto writer = make();
    write(writer, pattern_bytes(3 * kPart));
    EXPECT_EQ(error_of([&] { writer.publish(); }).s3_code, "InvalidPart");
  }
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, AnEmptyEtagOfCompleteIsTakenFromHead) {
  client_.sends_complete_etag = false;
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  const auto published = writer.publish();
  EXPECT_FALSE(published.etag.empty());
  EXPECT_EQ(published.etag, client_.find("out.mp4")->etag);
}

TEST_F(MultipartWriterTest, NoClobberLooksAgainBeforePublishing) {
  client_.honours_conditions = false;  // so that only the look can tell
  for (const std::size_t size : {std::size_t{1'000}, 3 * kPart}) {
    client_.put("out.mp4", to_bytes("old"));
    {
      auto writer = make({.no_clobber = true});
      write(writer, pattern_bytes(size));
      EXPECT_EQ(error_of([&] { writer.publish(); }).kind, ErrorKind::refused);
    }
    EXPECT_EQ(client_.find("out.mp4")->bytes(), to_bytes("old"));
    expect_nothing_left({"out.mp4"});
  }
}

TEST_F(MultipartWriterTest, NoClobberIsGuardedWhereTheStoreKeepsTheCondition) {
  const auto guard = [this](StoreProfile profile, std::size_t size) {
    profile_ = profile;
    auto writer = make({.no_clobber = true});
    write(writer, pattern_bytes(size));
    const io::Guard result = writer.publish().guard;
    client_.delete_object({.bucket = "bucket", .key = "out.mp4"}, {});
    return result;
  };
  const StoreProfile both{.conditional_put = true, .conditional_complete = true};
  EXPECT_EQ(guard(both, 1'000), io::Guard::guarded);
  EXPECT_EQ(guard(both, 3 * kPart), io::Guard::guarded);
  EXPECT_EQ(guard({}, 1'000), io::Guard::checked_only);
  EXPECT_EQ(guard({.conditional_put = true}, 3 * kPart), io::Guard::checked_only);
  for (const auto& call : client_.calls("CompleteMultipartUpload")) {
    EXPECT_TRUE(call.conditional);
  }
}

TEST_F(MultipartWriterTest, AnObjectThatAppearsBetweenLookAndPublishIsNotReplaced) {
  profile_ = {.conditional_put = true, .conditional_complete = true};
  client_.before = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      client_.put("out.mp4", to_bytes("other"));
    }
  };
  {
    auto writer = make({.no_clobber = true});
    write(writer, pattern_bytes(3 * kPart));
    const ErrorInfo error = error_of([&] { writer.publish(); });
    EXPECT_EQ(error.kind, ErrorKind::refused);
    EXPECT_NE(error.reason.find("exists"), std::string::npos);
  }
  EXPECT_EQ(client_.find("out.mp4")->bytes(), to_bytes("other"));
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, AStoreWithoutConditionsIsAskedAgainWithoutThem) {
  profile_ = {.conditional_put = true, .conditional_complete = true};
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.conditional) {
      throw FakeS3Client::refusal(501, "NotImplemented");
    }
  };
  auto writer = make({.no_clobber = true});
  write(writer, pattern_bytes(3 * kPart));
  EXPECT_EQ(writer.publish().guard, io::Guard::checked_only);
  EXPECT_EQ(client_.calls("CompleteMultipartUpload").size(), 2U);
}

TEST_F(MultipartWriterTest, AStopWhileCompletingWaitsForTheAnswer) {
  Gate gate;
  client_.before = [&gate](const FakeCall& call, const std::stop_token& stop) {
    if (call.operation == "CompleteMultipartUpload") {
      EXPECT_FALSE(stop.stop_possible());
      gate.pass({});
    }
  };
  const auto payload = pattern_bytes(3 * kPart);
  auto writer = make();
  write(writer, payload);
  std::jthread stopper([&] {
    gate.await_waiting(1);
    stop_.request_stop();
    std::jthread discarder([&writer] { writer.discard(); });
    gate.open();
  });
  EXPECT_EQ(writer.publish().size, payload.size());
  stopper.join();
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, AResultOtherThanWrittenIsAnError) {
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "PutObject" && call.key == "out.mp4") {
      client_.truncate("out.mp4");
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(1'000));
  EXPECT_EQ(error_of([&] { writer.publish(); }).kind, ErrorKind::refused);
}

}  // namespace
}  // namespace s3reel::s3
