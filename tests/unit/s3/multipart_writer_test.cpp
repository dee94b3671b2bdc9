#include "s3/multipart_writer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "support/bytes.h"
#include "support/fake_s3_client.h"

namespace s3reel::s3 {
namespace {

using test::FakeCall;
using test::FakeS3Client;
using test::pattern_bytes;
using test::to_bytes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kPart = 5 * base::kMiB;  // smaller than the default, to need less memory

/// Blocks callers until it is opened or their token is stopped.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }

  void pass(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    wake_.notify_all();
    if (!wake_.wait(lock, stop, [this] { return open_; })) {
      throw base::Cancelled();
    }
  }

  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool open_ = false;
  int waiting_ = 0;
};

class MultipartWriterTest : public testing::Test {
 protected:
  MultipartWriter make(io::WriteOptions options = {}) {
    WriterSetup setup{.part_size = kPart, .parts_in_flight = 2, .profile = profile_};
    setup.grace = grace_;
    setup.make_token = [] {
      return std::string("token-1");
    };
    return MultipartWriter(
        client_,
        clock_,
        base::Log([this](base::LogLevel level, const std::string& text) {
          if (level == base::LogLevel::warning) {
            warnings_.push_back(text);
          }
        }),
        {.bucket = "bucket", .key = "out.mp4"},
        setup,
        std::move(options),
        stop_.get_token());
  }

  static void write(io::ObjectWriter& writer, const std::vector<std::byte>& bytes) {
    constexpr std::size_t kPiece = 1'000'003;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      writer.append(std::span(bytes).subspan(at, std::min(kPiece, bytes.size() - at)));
    }
  }

  void expect_nothing_left(const std::vector<std::string>& objects = {}) const {
    EXPECT_EQ(client_.uploads(), 0U);
    EXPECT_EQ(client_.keys(), objects);
  }

  /// The error that `call` throws.
  template <class Call>
  static ErrorInfo error_of(Call&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.info();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  FakeS3Client client_;
  base::SystemClock clock_;
  StoreProfile profile_{};
  base::Clock::Duration grace_{60'000};
  std::stop_source stop_;
  std::vector<std::string> warnings_;
};

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

TEST_F(MultipartWriterTest, TheRecordStandsWhileTheUploadMayExist) {
  std::vector<std::string> at_create;
  std::vector<std::string> at_complete;
  client_.before = [&](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      at_create = client_.keys();
    }
    if (call.operation == "CompleteMultipartUpload") {
      at_complete = client_.keys();
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(2 * kPart + 1));
  writer.publish();
  const std::vector<std::string> record{"out.mp4.s3reel/job-token-1"};
  EXPECT_EQ(at_create, record);
  EXPECT_EQ(at_complete, record);
  expect_nothing_left({"out.mp4"});
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

TEST_F(MultipartWriterTest, ARefusedCreateLeavesNoRecord) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  {
    auto writer = make();
    EXPECT_EQ(
        error_of([&] {
          write(writer, pattern_bytes(3 * kPart));
          writer.publish();
        }).s3_code,
        "AccessDenied");
  }
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, ACreateWithoutAnswerKeepsItsRecord) {
  client_.after = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      throw FakeS3Client::outage();
    }
  };
  {
    auto writer = make();
    EXPECT_EQ(
        error_of([&] {
          write(writer, pattern_bytes(3 * kPart));
          writer.publish();
        }).kind,
        ErrorKind::unavailable);
  }
  EXPECT_EQ(client_.keys(), std::vector<std::string>{"out.mp4.s3reel/job-token-1"});
}

TEST_F(MultipartWriterTest, AnUploadThatALostCreateBeganIsNamedAndKeepsItsRecord) {
  for (const bool publishes : {true, false}) {
    client_.loses_create_answer = true;
    {
      auto writer = make();
      write(writer, pattern_bytes(5 * kPart));  // enough that the upload was begun
      if (publishes) {
        writer.publish();
      }
    }
    const ObjectName destination{.bucket = "bucket", .key = "out.mp4"};
    const ObjectName record{.bucket = "bucket", .key = "out.mp4.s3reel/job-token-1"};
    const auto left = client_.list_uploads(destination, {});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr(left[0]), HasSubstr(record.url()))));
    EXPECT_TRUE(client_.find(record.key));
    client_.abort_upload(destination, left[0], {});
    client_.delete_object(record, {});
    warnings_.clear();
  }
}

TEST_F(MultipartWriterTest, ALostCreateThatBeganNothingLeavesNothing) {
  client_.loses_create_answer = true;
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      for (const auto& id : client_.list_uploads({.bucket = "bucket", .key = "out.mp4"}, {})) {
        client_.abort_upload({.bucket = "bucket", .key = "out.mp4"}, id, {});
      }
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  writer.publish();
  EXPECT_TRUE(warnings_.empty());
  expect_nothing_left({"out.mp4"});
}

TEST_F(MultipartWriterTest, WhereUploadsMayNotBeListedALostCreateIsSaidAllTheSame) {
  client_.loses_create_answer = true;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "ListMultipartUploads") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(3 * kPart));
  writer.publish();
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("one may be left behind")));
}

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

TEST_F(MultipartWriterTest, DiscardLetsPartsOnTheirWayEndBeforeItAborts) {
  Gate gate;
  client_.before = [&gate](const FakeCall& call, const std::stop_token& stop) {
    if (call.operation == "UploadPart") {
      gate.pass({});
      // Time for discard() to cut the part short, if it did not wait for it.
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      EXPECT_FALSE(stop.stop_requested());
    }
  };
  auto writer = make();
  write(writer, pattern_bytes(2 * kPart + 1));
  gate.await_waiting(1);
  std::jthread discarder([&writer] { writer.discard(); });
  gate.open();
  discarder.join();
  const auto calls = client_.calls();
  const auto position = [&calls](const std::string& operation) {
    return std::find_if(calls.begin(), calls.end(), [&](const FakeCall& call) {
      return call.operation == operation;
    });
  };
  EXPECT_LT(position("UploadPart"), position("AbortMultipartUpload"));
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, AnUploadThatSurvivesAbortIsAbortedAgain) {
  client_.aborts_needed = 3;  // as when parts land late
  {
    auto writer = make();
    write(writer, pattern_bytes(5 * kPart));  // enough that a part was stored before the end
  }
  EXPECT_EQ(client_.calls("AbortMultipartUpload").size(), 3U);
  expect_nothing_left();
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
