#include "s3/orphan_cleaner.h"

#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/fake_s3_client.h"
#include "unit/s3/fake_http.h"

namespace s3reel::s3 {
namespace {

using namespace std::chrono_literals;
using s3reel::test::FakeCall;
using s3reel::test::FakeS3Client;
using s3reel::test::pattern_bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class OrphanCleanerTest : public testing::Test {
 protected:
  ObjectName object(const std::string& key) { return {.bucket = "bucket", .key = key}; }

  std::string begin_upload(const std::string& key, int parts) {
    std::string id = client_.create_upload(object(key), {}, {});
    const auto bytes = pattern_bytes(100);
    for (int number = 1; number <= parts; ++number) {
      client_.upload_part(object(key), id, number, {bytes}, {});
    }
    return id;
  }

  void put_record(
      const std::string& key,
      const std::string& id,
      bool unsettled = false,
      std::chrono::milliseconds retry_deadline = 5min,
      const std::string& token = "t") {
    put_job_record(
        client_,
        {.destination = object(key),
         .token = token,
         .started = "2024-01-01T00:00:00Z",
         .upload_id = id,
         .unsettled = unsettled,
         .retry_deadline = retry_deadline},
        {});
  }

  /// What a killed job leaves; returns the upload's id.
  std::string orphan(const std::string& key, int parts = 2) {
    put_record(key, "");
    const std::string id = begin_upload(key, parts);
    put_record(key, id);
    return id;
  }

  CleanSummary clean(const CleanOptions& options = {}, const std::string& prefix = "") {
    orphans_.clear();
    base::Log log([this](base::LogLevel, const std::string& text) { said_.push_back(text); });
    OrphanCleaner cleaner(
        client_, clock_, log, options, [this](const Orphan& one) { orphans_.push_back(one); });
    return cleaner.run(object(prefix), {});
  }

  std::vector<std::string> upload_ids() {
    std::vector<std::string> ids;
    for (const auto& upload : client_.list_uploads(object(""), {})) {
      ids.push_back(upload.id);
    }
    return ids;
  }

  [[nodiscard]] std::vector<OrphanFate> fates() const {
    std::vector<OrphanFate> result;
    for (const auto& one : orphans_) {
      result.push_back(one.fate);
    }
    return result;
  }

  FakeS3Client client_;
  test::ManualClock clock_;
  std::vector<Orphan> orphans_;
  std::vector<std::string> said_;
};

TEST_F(OrphanCleanerTest, WhatARecordNamesIsRemovedWithTheRecord) {
  const std::string id = orphan("a/out.mp4");
  client_.now += 25h;
  const auto summary = clean();
  EXPECT_THAT(client_.keys(), IsEmpty());
  EXPECT_THAT(upload_ids(), IsEmpty());
  ASSERT_EQ(orphans_.size(), 1U);
  EXPECT_EQ(orphans_[0].fate, OrphanFate::removed);
  EXPECT_EQ(orphans_[0].destination, "s3://bucket/a/out.mp4");
  EXPECT_EQ(orphans_[0].record, "s3://bucket/a/out.mp4.s3reel/job-t");
  EXPECT_EQ(orphans_[0].upload_id, id);
  EXPECT_EQ(orphans_[0].bytes, 200U);
  EXPECT_EQ(summary.removed, 1U);
  EXPECT_EQ(summary.removed_bytes, 200U);
  EXPECT_EQ(summary.left, 0U);
}

TEST_F(OrphanCleanerTest, OnlyBelowThePrefix) {
  orphan("a/out.mp4");
  const std::string other = orphan("b/out.mp4");
  client_.now += 25h;
  clean({}, "a/");
  EXPECT_THAT(upload_ids(), ElementsAre(other));
  EXPECT_THAT(client_.keys(), ElementsAre("b/out.mp4.s3reel/job-t"));
}

TEST_F(OrphanCleanerTest, UploadsOfOthersAreNeverTouched) {
  const std::string stranger = begin_upload("out.mp4", 1);
  orphan("out.mp4");
  const std::string neighbour = begin_upload("out.mp4.bak", 1);
  client_.now += 25h;
  EXPECT_EQ(clean({.force = true}).other_uploads, 2U);
  EXPECT_THAT(upload_ids(), UnorderedElementsAre(stranger, neighbour));
}

TEST_F(OrphanCleanerTest, AJobIsAsActiveAsItsNewestPart) {
  const std::string id = orphan("out.mp4");
  client_.now += 23h;
  const auto bytes = pattern_bytes(1);
  client_.upload_part(object("out.mp4"), id, 9, {bytes}, {});
  client_.now += 23h;
  EXPECT_EQ(clean().left, 1U);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::active));
  EXPECT_THAT(upload_ids(), ElementsAre(id));
  EXPECT_EQ(client_.keys().size(), 1U);
  client_.now += 1h;
  clean();
  EXPECT_THAT(upload_ids(), IsEmpty());
}

TEST_F(OrphanCleanerTest, ADryRunOnlyLooks) {
  orphan("out.mp4");
  client_.now += 25h;
  EXPECT_EQ(clean({.dry_run = true}).removed, 1U);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::removed));
  EXPECT_EQ(upload_ids().size(), 1U);
  EXPECT_EQ(client_.keys().size(), 1U);
}

TEST_F(OrphanCleanerTest, ARecordWhoseUploadIsGoneIsRemovedByItself) {
  put_record("done.mp4", "upload-gone");
  put_record("never.mp4", "");
  client_.now += 25h;
  EXPECT_EQ(clean().removed, 2U);
  EXPECT_THAT(client_.keys(), IsEmpty());
  EXPECT_EQ(orphans_.at(0).upload_id, "");
}

TEST_F(OrphanCleanerTest, AnUploadOfTheUnrecordedInstantNeedsForce) {
  for (const bool unsettled : {false, true}) {
    if (!unsettled) {
      put_record("out.mp4", "");
    }
    client_.now += 9min;
    const std::string id = begin_upload("out.mp4", 1);
    client_.now += 14min;
    if (unsettled) {
      put_record("out.mp4", "upload-gone", true);
    }
    client_.now += 25h;
    EXPECT_EQ(clean().other_uploads, 0U);
    EXPECT_THAT(fates(), ElementsAre(OrphanFate::uncertain));
    EXPECT_EQ(orphans_[0].upload_id, id);
    EXPECT_THAT(orphans_[0].reason, HasSubstr("--force"));
    EXPECT_THAT(upload_ids(), ElementsAre(id));
    EXPECT_EQ(client_.keys().size(), 1U);
    clean({.force = true});
    EXPECT_THAT(fates(), ElementsAre(OrphanFate::removed));
    EXPECT_THAT(upload_ids(), IsEmpty());
    EXPECT_THAT(client_.keys(), IsEmpty());
  }
}

TEST_F(OrphanCleanerTest, ForceTakesNothingThatBeganAtAnotherTimeOrElsewhere) {
  const std::string earlier = begin_upload("out.mp4", 1);
  client_.now += 2min;
  put_record("out.mp4", "");
  const std::string elsewhere = begin_upload("out.mp4.bak", 1);
  client_.now += 11min;
  const std::string later = begin_upload("out.mp4", 1);
  client_.now += 25h;
  EXPECT_EQ(clean({.force = true}).other_uploads, 3U);
  EXPECT_THAT(upload_ids(), UnorderedElementsAre(earlier, elsewhere, later));
  EXPECT_THAT(client_.keys(), IsEmpty()) << "the record itself is ours";
}

TEST_F(OrphanCleanerTest, AnUnsettledUploadBeganBeforeItsRecordWasPutAgain) {
  const std::string earlier = begin_upload("out.mp4", 1);
  client_.now += 2min;
  begin_upload("out.mp4", 1);
  client_.now += 14min;
  put_record("out.mp4", "upload-gone", true);
  client_.now += 2min;
  const std::string later = begin_upload("out.mp4", 1);
  client_.now += 25h;
  clean({.force = true});
  EXPECT_THAT(upload_ids(), UnorderedElementsAre(earlier, later));
  EXPECT_THAT(client_.keys(), IsEmpty());
}

TEST_F(OrphanCleanerTest, TheStoresClocksMayDifferALittle) {
  begin_upload("a.mp4", 1);
  put_record("b.mp4", "upload-gone", true);
  client_.now += 30s;
  put_record("a.mp4", "");
  begin_upload("b.mp4", 1);
  client_.now += 25h;
  clean({.force = true});
  EXPECT_THAT(upload_ids(), IsEmpty());
  EXPECT_THAT(client_.keys(), IsEmpty());
}

TEST_F(OrphanCleanerTest, AnUploadLiesAsFarFromItsRecordAsTheJobTriedAgain) {
  put_record("out.mp4", "", false, 30min);
  client_.now += 31min;
  const std::string id = begin_upload("out.mp4", 1);
  client_.now += 5min;
  const std::string later = begin_upload("out.mp4", 1);
  client_.now += 25h;
  clean();
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::uncertain));
  EXPECT_EQ(client_.keys().size(), 1U) << "the record is what tells of it";
  clean({.force = true});
  EXPECT_THAT(upload_ids(), ElementsAre(later));
}

TEST_F(OrphanCleanerTest, OfADayOfRetriesForceTakesTheHourNextToTheRecord) {
  for (const bool unsettled : {false, true}) {
    const auto put = [&] {
      put_record("out.mp4", unsettled ? "upload-gone" : "", unsettled, 24h);
    };
    std::vector<std::string> begun;
    if (!unsettled) {
      put();
    }
    for (int i = 0; i < 2; ++i) {
      client_.now += 59min;
      begun.push_back(begin_upload("out.mp4", 1));
    }
    if (unsettled) {
      client_.now += 59min;
      put();
    }
    const std::string far = unsettled ? begun[0] : begun[1];
    client_.now += 48h;
    EXPECT_EQ(clean({.force = true}).other_uploads, 0U);
    EXPECT_THAT(fates(), UnorderedElementsAre(OrphanFate::removed, OrphanFate::uncertain));
    for (const Orphan& one : orphans_) {
      const bool stays = one.fate == OrphanFate::uncertain;
      EXPECT_EQ(one.upload_id == far, stays);
      EXPECT_EQ(one.reason.find("more than an hour") != std::string::npos, stays) << one.reason;
    }
    EXPECT_THAT(upload_ids(), ElementsAre(far));
    EXPECT_EQ(client_.keys().size(), 1U) << "the record is what tells of it";
    client_.abort_upload(object("out.mp4"), far, {});
    clean();
    EXPECT_THAT(client_.keys(), IsEmpty());
  }
}

TEST_F(OrphanCleanerTest, WhatTwoJobsMayHaveBegunIsSettledOnce) {
  const std::string stranger = begin_upload("out.mp4", 1);
  for (const std::string prefix : {"", "out.mp4.s3reel/"}) {  // the second is none of the upload's
    client_.now += 2h;
    put_record("out.mp4", "", false, 5min, "first");
    put_record("out.mp4", "", false, 5min, "second");
    const std::string id = begin_upload("out.mp4", 2);
    client_.now += 48h;
    EXPECT_EQ(clean({}, prefix).other_uploads, 1U);
    EXPECT_THAT(fates(), ElementsAre(OrphanFate::uncertain, OrphanFate::uncertain));
    EXPECT_THAT(orphans_.at(1).reason, HasSubstr("--force removes it"));
    EXPECT_EQ(orphans_.at(1).upload_id, id);
    EXPECT_NE(orphans_.at(0).record, orphans_.at(1).record);
    EXPECT_EQ(client_.keys().size(), 2U);
    const CleanSummary shown = clean({.dry_run = true, .force = true}, prefix);
    EXPECT_EQ(shown.removed_bytes, 200U);
    const CleanSummary done = clean({.force = true}, prefix);
    EXPECT_EQ(done.removed_bytes, 200U);
    EXPECT_THAT(upload_ids(), ElementsAre(stranger));
    EXPECT_THAT(client_.keys(), IsEmpty());
  }
}

TEST_F(OrphanCleanerTest, AnUploadOfTwoJobsThatStaysIsSaidTheSameOfBoth) {
  put_record("out.mp4", "", false, 5min, "first");
  put_record("out.mp4", "", false, 5min, "second");
  const std::string id = begin_upload("out.mp4", 2);
  client_.now += 24h;
  const auto bytes = pattern_bytes(1);
  client_.upload_part(object("out.mp4"), id, 3, {bytes}, {});
  client_.now += 1h;
  EXPECT_EQ(clean({.force = true}).left, 2U);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::active, OrphanFate::active));
  EXPECT_EQ(orphans_.at(0).bytes, orphans_.at(1).bytes);
  EXPECT_EQ(client_.calls("ListParts").size(), 1U);
}

TEST_F(OrphanCleanerTest, WhatWasNotLookedAtIsCounted) {
  begin_upload("out.mp4", 1);
  const std::string id = begin_upload("out.mp4", 1);
  put_record("out.mp4", id, true);
  client_.now += 24h;
  const auto bytes = pattern_bytes(1);
  client_.upload_part(object("out.mp4"), id, 2, {bytes}, {});
  client_.now += 1h;
  EXPECT_EQ(clean({.force = true}).other_uploads, 1U) << "its record waits for the job's own";
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::active));
}

TEST_F(OrphanCleanerTest, OfTwoJobsTheOneNextToAnUploadCounts) {
  for (const bool far_first : {true, false}) {
    put_record("out.mp4", "", false, 24h, far_first ? "a" : "z");
    client_.now += 3h;
    put_record("out.mp4", "", false, 24h, "m");
    client_.now += 1min;
    begin_upload("out.mp4", 1);
    client_.now += 72h;
    clean();
    EXPECT_EQ(orphans_.size(), 2U);
    for (const Orphan& one : orphans_) {
      EXPECT_THAT(one.reason, Not(HasSubstr("more than an hour"))) << one.record;
    }
    clean({.force = true});
    EXPECT_THAT(upload_ids(), IsEmpty());
    EXPECT_THAT(client_.keys(), IsEmpty());
  }
}

TEST_F(OrphanCleanerTest, AnUploadIsAsActiveAsItsBeginning) {
  put_record("out.mp4", "", false, 1h);
  client_.now += 50min;
  const std::string id = begin_upload("out.mp4", 0);
  client_.now += 15min;
  const CleanOptions force{.older_than = 1h, .force = true};
  clean(force);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::active));
  EXPECT_EQ(orphans_.at(0).upload_id, id);
  EXPECT_EQ(client_.keys().size(), 1U);
  client_.now += 50min;
  clean(force);
  EXPECT_THAT(upload_ids(), IsEmpty());
}

TEST_F(OrphanCleanerTest, OfAListingRefusedHalfwayNothingIsConcluded) {
  put_record("out.mp4", "");
  begin_upload("out.mp4", 1);
  client_.now += 25h;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "ListMultipartUploads" && call.key == "out.mp4") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  clean({.force = true}, "out.mp4.s3reel/");
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::uncertain));
  EXPECT_THAT(orphans_.at(0).reason, HasSubstr("cannot be seen"));
  EXPECT_EQ(client_.keys().size(), 1U) << "the record is what tells of it";
}

TEST_F(OrphanCleanerTest, WhatIsNoRecordIsLeftAlone) {
  const std::string key = "out.mp4.s3reel/job-";
  client_.put(key + "text", pattern_bytes(10));
  client_.put(key + "empty", {});
  const std::string record =
      R"({"version": 1, "destination": "s3://bucket/out.mp4", "token": "copied", )"
      R"("started": "", "upload_id": "u", "unsettled": false})";
  const auto bytes = std::as_bytes(std::span(record));
  client_.put("elsewhere.mp4.s3reel/job-copied", {bytes.begin(), bytes.end()});
  client_.now += 25h;
  EXPECT_EQ(clean({.force = true}).left, 3U);
  EXPECT_THAT(fates(), testing::Each(OrphanFate::unreadable));
  EXPECT_EQ(client_.keys().size(), 3U);
  EXPECT_THAT(client_.calls("AbortMultipartUpload"), IsEmpty());
}

TEST_F(OrphanCleanerTest, ARefusalIsSaidAndTheOthersAreRemovedAllTheSame) {
  orphan("a.mp4");
  orphan("b.mp4");
  client_.now += 25h;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "AbortMultipartUpload" && call.key == "a.mp4") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  try {
    clean();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().s3_code, "AccessDenied");
  }
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::failed, OrphanFate::removed));
  EXPECT_THAT(client_.keys(), ElementsAre("a.mp4.s3reel/job-t"));
}

TEST_F(OrphanCleanerTest, ARecordThatMayNotBeReadIsSaidAndTheOthersAreRemoved) {
  orphan("a.mp4");
  const std::string unnamed = begin_upload("b.mp4", 1);
  put_record("b.mp4", "");
  orphan("c.mp4");
  client_.now += 25h;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "GetObject" && call.key.starts_with("a.mp4")) {
      throw FakeS3Client::refusal(403, "InvalidObjectState");
    }
  };
  EXPECT_THROW(clean({.force = true}), Error);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::failed, OrphanFate::uncertain, OrphanFate::removed));
  EXPECT_THAT(orphans_.at(1).reason, Not(HasSubstr("--force"))) << "it would not help";
  EXPECT_EQ(upload_ids().size(), 2U) << "the record that could not be read may name either";
}

TEST_F(OrphanCleanerTest, APrefixAsLongAsTheRecordsNameFindsItsUploadAllTheSame) {
  put_record("out.mp4", "");
  const std::string id = begin_upload("out.mp4", 1);
  client_.now += 25h;
  clean({}, "out.mp4.s3reel/job-t");
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::uncertain));
  EXPECT_THAT(client_.keys(), ElementsAre("out.mp4.s3reel/job-t"));
  EXPECT_THAT(upload_ids(), ElementsAre(id));
}

TEST_F(OrphanCleanerTest, AnOutageEndsItAtOnce) {
  orphan("a.mp4");
  orphan("b.mp4");
  client_.now += 25h;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "AbortMultipartUpload" || call.operation == "ListParts") {
      throw FakeS3Client::outage();
    }
  };
  EXPECT_THROW(clean(), Error);
  EXPECT_EQ(client_.calls("ListParts").size(), 1U);
  EXPECT_EQ(client_.keys().size(), 2U);
}

TEST_F(OrphanCleanerTest, WithoutTheRightToListUploadsNamedOnesAreRemoved) {
  orphan("a.mp4");
  put_record("b.mp4", "");
  client_.now += 25h;
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "ListMultipartUploads") {
      throw FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  clean();
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::removed, OrphanFate::uncertain));
  EXPECT_THAT(client_.keys(), ElementsAre("b.mp4.s3reel/job-t"));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("refuses to list uploads")));
}

TEST_F(OrphanCleanerTest, ARecordThatItsJobDeletesMeanwhileIsNoOrphan) {
  orphan("a.mp4");
  client_.now += 25h;
  client_.before = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "GetObject") {
      client_.delete_object(object(call.key), {});
    }
  };
  EXPECT_EQ(clean().removed, 0U);
  EXPECT_THAT(orphans_, IsEmpty());
}

TEST_F(OrphanCleanerTest, PartsThatKeepComingAreSaid) {
  orphan("a.mp4");
  client_.aborts_needed = 100;
  client_.now += 25h;
  EXPECT_THROW(clean(), Error);
  EXPECT_THAT(fates(), ElementsAre(OrphanFate::failed));
  EXPECT_EQ(client_.keys().size(), 1U);
}

}  // namespace
}  // namespace s3reel::s3
