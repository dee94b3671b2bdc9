#include "s3/integrity.h"

#include <algorithm>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "unit/s3/writer_fixture.h"

namespace s3reel::s3 {
namespace {

using s3reel::test::FakeCall;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kMd5 = "\"0123456789abcdef0123456789abcdef\"";

/// A result of one request and one of several parts, and what is done to them before they are
/// looked at.
class IntegrityTest : public MultipartWriterTest {
 protected:
  io::PublishedObject publish(std::size_t bytes) {
    auto writer = make();
    write(writer, s3reel::test::pattern_bytes(bytes));
    return writer.publish();
  }

  void before_the_look(const std::function<void()>& change) {
    client_.before = [change](const FakeCall& call, const std::stop_token&) {
      if (call.operation == "HeadObject") {
        change();
      }
    };
  }

  static constexpr std::size_t kSmall = 1000;
  static constexpr std::size_t kLarge = 3 * kPart + 1;
};

TEST_F(IntegrityTest, WhatTheStoreSaysIsCompared) {
  client_.keeps_checksums = client_.etags_are_md5 = true;
  for (const std::size_t bytes : {kSmall, kLarge}) {
    EXPECT_THAT(
        publish(bytes).checks,
        UnorderedElementsAre(
            Pair("size", "verified"), Pair("etag", "verified"), Pair("crc64nvme", "verified")));
  }
}

TEST_F(IntegrityTest, WhatTheStoreDoesNotSayIsNamed) {
  for (const std::size_t bytes : {kSmall, kLarge}) {
    EXPECT_THAT(
        publish(bytes).checks,
        UnorderedElementsAre(
            Pair("size", "verified"),
            Pair("etag", HasSubstr("not comparable")),
            Pair("crc64nvme", "not offered by the store")));
  }
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "HeadObject") {
      throw s3reel::test::FakeS3Client::refusal(403, "AccessDenied");
    }
  };
  EXPECT_THAT(publish(kSmall).checks, testing::Contains(Pair("size", "not looked at")));
}

TEST_F(IntegrityTest, OtherBytesInTheStoreAreAnError) {
  client_.keeps_checksums = true;
  before_the_look([this] { client_.damage("out.mp4"); });
  for (const std::size_t bytes : {kSmall, kLarge}) {
    const auto info = error_of([&] { publish(bytes); });
    EXPECT_EQ(info.kind, ErrorKind::refused);
    EXPECT_THAT(info.reason, HasSubstr("CRC64NVME"));
    EXPECT_THAT(info.hint, HasSubstr("do not use the object"));
  }
}

TEST_F(IntegrityTest, OtherPartsInTheStoreAreAnErrorWhereETagsAreMd5s) {
  client_.etags_are_md5 = true;
  before_the_look(
      [this] { client_.set_etag("out.mp4", "\"0123456789abcdef0123456789abcdef-4\""); });
  EXPECT_THAT(error_of([&] { publish(kLarge); }).reason, HasSubstr("ETag"));
}

TEST_F(IntegrityTest, OtherBytesOfAnyPartAreAnErrorBeforeAnythingIsPublished) {
  client_.etags_are_md5 = true;
  for (int number = 1; number <= 4; ++number) {
    client_.damages_part = number;
    const auto info = error_of([&] { publish(kLarge); });
    EXPECT_EQ(info.kind, ErrorKind::refused);
    EXPECT_THAT(info.reason, HasSubstr("part " + std::to_string(number))) << number;
    expect_nothing_left();
  }
}

TEST_F(IntegrityTest, OtherBytesOfAPartCannotShowWhereETagsAreNotMd5s) {
  client_.damages_part = 2;
  EXPECT_THAT(publish(kLarge).checks.at("etag"), HasSubstr("not comparable"));
}

// Part 1 goes up last, when others have shown that ETags are MD5s.
TEST_F(IntegrityTest, ADamagedPartIsSentOnceMore) {
  client_.etags_are_md5 = true;
  client_.damages_part = 1;
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.part == 1) {
      client_.damages_part = 0;
    }
  };
  EXPECT_EQ(publish(kLarge).checks.at("etag"), "verified");
  EXPECT_EQ(client_.calls("UploadPart").size(), 5U);
  EXPECT_EQ(client_.find("out.mp4")->bytes(), s3reel::test::pattern_bytes(kLarge));
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("part 1")));
}

TEST_F(IntegrityTest, APartThatIsDamagedAgainIsNotSentAThirdTime) {
  client_.etags_are_md5 = true;
  client_.damages_part = 1;
  EXPECT_THAT(error_of([&] { publish(kLarge); }).reason, HasSubstr("part 1"));
  const auto calls = client_.calls("UploadPart");
  EXPECT_EQ(std::ranges::count_if(calls, [](const FakeCall& call) { return call.part == 1; }), 2);
}

TEST_F(IntegrityTest, AnAnswerThatProvesNothingDoesNotSettleADamagedPart) {
  client_.etags_are_md5 = true;
  client_.damages_part = 1;
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.part == 1) {
      client_.etags_are_md5 = false;
    }
  };
  EXPECT_THAT(error_of([&] { publish(kLarge); }).reason, HasSubstr("part 1"));
  expect_nothing_left();
}

TEST_F(IntegrityTest, OfEncryptedPartsETagsThatLookLikeMd5sAreNoDamage) {
  client_.encrypts = true;
  EXPECT_THAT(publish(kLarge).checks.at("etag"), HasSubstr("not comparable"));
  EXPECT_EQ(client_.calls("UploadPart").size(), 4U);
}

constexpr const char* kOtherMd5 = "\"ffffffffffffffffffffffffffffffff\"";

TEST(Integrity, OneETagThatIsAnMd5ShowsWhatTheOthersAre) {
  PartETags etags;
  EXPECT_FALSE(etags.add({1, kMd5}, unquoted(kMd5)));
  EXPECT_TRUE(etags.are_md5());
  EXPECT_FALSE(etags.add({2, "\"opaque\""}, unquoted(kMd5)));
  const auto damaged = etags.add({3, kOtherMd5}, unquoted(kMd5));
  ASSERT_TRUE(damaged);
  EXPECT_EQ(damaged->number, 3);
  EXPECT_EQ(damaged->etag, unquoted(kOtherMd5));
  EXPECT_FALSE(etags.add({3, kMd5}, unquoted(kMd5))) << "it was sent again";
}

TEST(Integrity, AGoodPartShowsThatOneBeforeItIsDamaged) {
  PartETags etags;
  EXPECT_FALSE(etags.add({2, kOtherMd5}, unquoted(kMd5)));
  EXPECT_FALSE(etags.are_md5());
  const auto damaged = etags.add({1, kMd5}, unquoted(kMd5));
  ASSERT_TRUE(damaged);
  EXPECT_EQ(damaged->number, 2);
}

TEST(Integrity, AnMd5IsMadeOnlyAsLongAsItCanTellSomething) {
  PartETags encrypted;
  EXPECT_FALSE(encrypted.need_md5("\"opaque\""));
  EXPECT_FALSE(encrypted.need_md5("\"\""));
  int made = 0;
  for (int number = 1; number <= 100 && encrypted.need_md5(kOtherMd5); ++number) {
    EXPECT_FALSE(encrypted.add({number, kOtherMd5}, unquoted(kMd5)));
    ++made;
  }
  EXPECT_EQ(made, 8);
  EXPECT_FALSE(encrypted.are_md5());
  PartETags plain;
  for (int number = 1; number <= 100; ++number) {
    EXPECT_TRUE(plain.need_md5(kMd5));
    EXPECT_FALSE(plain.add({number, kMd5}, unquoted(kMd5)));
  }
}

TEST(Integrity, WhereMd5IsForbiddenNoETagProvesAnything) {
  PartETags etags;
  EXPECT_FALSE(etags.add({1, "\"\""}, ""));
  EXPECT_FALSE(etags.add({2, kOtherMd5}, ""));
  EXPECT_FALSE(etags.are_md5());
}

TEST_F(IntegrityTest, AnotherFormOfETagIsNoProof) {
  client_.etags_are_md5 = true;
  for (const std::string etag : {kMd5, "\"opaque\"", ""}) {
    before_the_look([&] { client_.set_etag("out.mp4", etag); });
    EXPECT_THAT(publish(kLarge).checks.at("etag"), HasSubstr("not comparable")) << etag;
  }
  // Nothing shows that the ETag of a single PutObject is an MD5.
  before_the_look([&] { client_.set_etag("out.mp4", kMd5); });
  EXPECT_THAT(publish(kSmall).checks.at("etag"), HasSubstr("not comparable"));
}

TEST_F(IntegrityTest, PartsThatAreNotMd5sProveNothing) {
  before_the_look(
      [this] { client_.set_etag("out.mp4", "\"0123456789abcdef0123456789abcdef-4\""); });
  EXPECT_THAT(publish(kLarge).checks.at("etag"), HasSubstr("not comparable"));
}

TEST_F(IntegrityTest, AResultSettledAfterALostAnswerIsComparedToo) {
  client_.keeps_checksums = true;
  client_.after = [this](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "CompleteMultipartUpload") {
      client_.damage("out.mp4");
      throw s3reel::test::FakeS3Client::outage();
    }
  };
  EXPECT_THAT(error_of([&] { publish(kLarge); }).reason, HasSubstr("CRC64NVME"));
}

TEST_F(IntegrityTest, AStoreThatRefusesTheChecksumModeIsAskedWithoutIt) {
  int refused = 0;
  client_.before = [&](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "HeadObject" && call.nth == 1) {
      ++refused;
      throw s3reel::test::FakeS3Client::refusal(501, "NotImplemented");
    }
  };
  EXPECT_EQ(publish(kSmall).checks.at("size"), "verified");
  EXPECT_EQ(refused, 1);
}

TEST(Integrity, OfAnEncryptedObjectTheETagIsNotCompared) {
  const StoredObject stored{
      .identity = {.url = {}, .size = 1, .etag = kMd5}, .metadata = {}, .etag_is_opaque = true};
  const SentBytes sent{
      .size = 1, .etag = "ffffffffffffffffffffffffffffffff", .etags_are_md5 = true};
  EXPECT_THAT(compare({}, stored, sent).at("etag"), HasSubstr("not comparable"));
}

}  // namespace
}  // namespace s3reel::s3
