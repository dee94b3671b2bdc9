#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "unit/s3/writer_fixture.h"

namespace s3reel::s3 {
namespace {

using test::FakeCall;
using test::FakeS3Client;
using test::pattern_bytes;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

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

TEST_F(MultipartWriterTest, ARefusedCreateLeavesNoRecord) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  EXPECT_EQ(error_of_a_job().s3_code, "AccessDenied");
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, ACreateWithoutAnswerKeepsItsRecord) {
  client_.after = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      throw FakeS3Client::outage();
    }
  };
  EXPECT_EQ(error_of_a_job().kind, ErrorKind::unavailable);
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
    EXPECT_THAT(warnings_, ElementsAre(AllOf(HasSubstr(left[0].id), HasSubstr(record.url()))));
    EXPECT_TRUE(client_.find(record.key));
    client_.abort_upload(destination, left[0].id, {});
    client_.delete_object(record, {});
    warnings_.clear();
  }
}

TEST_F(MultipartWriterTest, ALostCreateThatBeganNothingLeavesNothing) {
  client_.loses_create_answer = true;
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      for (const auto& upload : client_.list_uploads({.bucket = "bucket", .key = "out.mp4"}, {})) {
        client_.abort_upload({.bucket = "bucket", .key = "out.mp4"}, upload.id, {});
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

TEST_F(MultipartWriterTest, AnUploadThatSurvivesAbortIsAbortedAgain) {
  client_.aborts_needed = 3;  // as when parts land late
  {
    auto writer = make();
    write(writer, pattern_bytes(5 * kPart));  // enough that a part was stored before the end
  }
  EXPECT_EQ(client_.calls("AbortMultipartUpload").size(), 3U);
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

TEST_F(MultipartWriterTest, ARecordWhoseAnswerWasLostIsDeleted) {
  client_.after = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "PutObject") {
      throw FakeS3Client::outage();
    }
  };
  EXPECT_EQ(error_of_a_job().kind, ErrorKind::unavailable);
  EXPECT_TRUE(client_.calls("CreateMultipartUpload").empty());
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, ACreateThatFailedAndBeganNothingLeavesNoRecord) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CreateMultipartUpload") {
      throw FakeS3Client::outage();
    }
  };
  EXPECT_EQ(error_of_a_job().kind, ErrorKind::unavailable);
  EXPECT_TRUE(warnings_.empty());
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, AnAbortWhoseAnswerIsLostIsSettledByTheListing) {
  client_.after = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "AbortMultipartUpload") {
      throw FakeS3Client::outage();
    }
  };
  {
    auto writer = make();
    write(writer, pattern_bytes(5 * kPart));
  }
  EXPECT_TRUE(warnings_.empty());
  expect_nothing_left();
}

TEST_F(MultipartWriterTest, AnUploadThatCannotBeAbortedIsNamedAndKeepsItsRecord) {
  for (const bool may_list : {true, false}) {
    client_.before = [may_list](const FakeCall& call, const std::stop_token&) {
      if (call.operation == "AbortMultipartUpload") {
        throw FakeS3Client::outage();
      }
      if (call.operation == "ListParts" && !may_list) {
        throw FakeS3Client::refusal(403, "AccessDenied");
      }
    };
    {
      auto writer = make();
      write(writer, pattern_bytes(5 * kPart));
    }
    EXPECT_THAT(
        warnings_,
        ElementsAre(
            AllOf(HasSubstr("may be left behind"), HasSubstr("out.mp4.s3reel/job-token-1"))));
    EXPECT_TRUE(client_.find("out.mp4.s3reel/job-token-1"));
    warnings_.clear();
  }
}

TEST_F(MultipartWriterTest, OnlyWhereItIsToHurryRemovalIsCutShort) {
  cleanup_ = base::Clock::Duration{0};
  std::stop_source hurry;
  bool cut_short = false;
  client_.before = [&](const FakeCall& call, const std::stop_token& stop) {
    if (call.operation == "AbortMultipartUpload") {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      cut_short = stop.stop_requested();
    }
  };
  for (const bool hurries : {false, true}) {
    stop_ = std::stop_source();
    {
      auto writer = make({.hurry = hurry.get_token()});
      write(writer, pattern_bytes(5 * kPart));
      stop_.request_stop();  // as a job does that has failed
      if (hurries) {
        hurry.request_stop();
      }
    }
    EXPECT_EQ(cut_short, hurries);
  }
}

}  // namespace
}  // namespace s3reel::s3
