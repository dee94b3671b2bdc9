#include <cstdlib>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/media_session.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

using testing::HasSubstr;
using testing::Not;

Job job(const std::string& source, const std::string& destination) {
  return {.source = {.url = source}, .destination = {.url = destination}};
}

std::string refusal(const Job& wrong) {
  try {
    check_job(wrong);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    return error.what();
  }
  return {};
}

TEST(CheckJob, LetsWhatMakesSensePass) {
  EXPECT_EQ(refusal(job("s3://a/in.mp4", "s3://a/out.mp4")), "");
  EXPECT_EQ(refusal(job("in.mp4", "s3://a/in.mp4")), "");
  Job gray = job("in.mp4", "out.mkv");
  gray.ops = {BuiltInOp{.name = "grayscale"}};
  EXPECT_EQ(refusal(gray), "");
}

TEST(CheckJob, LocationsThatAreNoneAreRefused) {
  EXPECT_NE(refusal(job("", "out.mp4")), "");
  EXPECT_NE(refusal(job("in.mp4", "")), "");
  EXPECT_NE(refusal(job("gopher://host/in.mp4", "out.mp4")), "");
}

TEST(CheckJob, KeysInALocationAreRefusedAndNotRepeated) {
  for (const char* keys : {"AK:hunter2", "AKIAIOSFODNN7EXAMPLE:hunt/er2", "hunter2"}) {
    const std::string url = std::string("s3://") + keys + "@b/v.mp4";
    for (const Job& wrong : {job(url, "out.mp4"), job("in.mp4", url)}) {
      const std::string said = refusal(wrong);
      EXPECT_THAT(said, HasSubstr("s3://***@b/v.mp4"));
      EXPECT_THAT(said, HasSubstr("AWS_SECRET_ACCESS_KEY"));
      EXPECT_THAT(said, Not(HasSubstr("hunt")));
    }
  }
}

TEST(CheckJob, AWebAddressIsForReadingAndItsQueryIsNotRepeated) {
  EXPECT_EQ(refusal(job("https://h/in.mp4?Signature=hunter2", "s3://b/out.mp4")), "");
  EXPECT_EQ(refusal(job("http://h/in.mp4", "out.mp4")), "");
  for (const Job& wrong :
       {job("in.mp4", "https://h/out.mp4?hunter2"), job("https://me:hunter2@h/in.mp4", "o.mp4")}) {
    const std::string said = refusal(wrong);
    EXPECT_NE(said, "");
    EXPECT_THAT(said, Not(HasSubstr("hunter2")));
  }
}

TEST(CheckJob, ATenantAndAnAtSignAreNoKeysInALocation) {
  EXPECT_EQ(refusal(job("s3://tenant:bucket/at@home.mp4", "s3://bucket/at:six@home.mp4")), "");
  EXPECT_EQ(refusal(job("s3://TENANT:bucket/at@home.mp4", "s3://tenant:bucket/out.mp4")), "");
}

TEST(CheckJob, TheSourceAsDestinationIsRefusedUnlessAskedFor) {
  for (const char* url : {"s3://a/in.mp4", "in.mp4"}) {
    Job same = job(url, url);
    EXPECT_THAT(refusal(same), HasSubstr("--in-place"));
    same.in_place = true;
    EXPECT_EQ(refusal(same), "");
  }
  EXPECT_NE(refusal(job("/data/in.mp4", "file:///data/in.mp4")), "");
}

TEST(CheckJob, AStoreIsTheSameHoweverItsAddressCame) {
  ASSERT_EQ(setenv("AWS_ENDPOINT_URL_S3", "https://here.example", 1), 0);
  Job one = job("s3://a/in.mp4", "s3://a/in.mp4");
  one.source.store.endpoint_url = "https://here.example/";
  EXPECT_THAT(refusal(one), HasSubstr("--in-place"));
  ASSERT_EQ(unsetenv("AWS_ENDPOINT_URL_S3"), 0);
}

TEST(CheckJob, TheSameNameInAnotherStoreIsAnotherObject) {
  Job two = job("s3://a/in.mp4", "s3://a/in.mp4");
  two.destination.store.endpoint_url = "https://elsewhere.example";
  EXPECT_EQ(refusal(two), "");
}

TEST(CheckJob, APipeCanNeitherBeASourceNorTakeAFormatThatGoesBack) {
  EXPECT_NE(refusal(job("-", "out.mp4")), "");
  EXPECT_THAT(refusal(job("in.mp4", "-")), HasSubstr("fmp4"));
  for (const char* format : {"mp4", "mov", "mkv"}) {
    Job piped = job("in.mp4", "-");
    piped.format = format;
    EXPECT_THAT(refusal(piped), HasSubstr(format));
  }
  Job fragmented = job("in.mp4", "-");
  fragmented.format = "fmp4";
  EXPECT_EQ(refusal(fragmented), "");
}

TEST(CheckJob, AnUnknownFormatIsRefused) {
  Job wrong = job("in.mp4", "out.mp4");
  wrong.format = "gif";
  EXPECT_THAT(refusal(wrong), HasSubstr("gif"));
}

TEST(CheckJob, CopiedVideoCannotBeProcessed) {
  Job both = job("in.mp4", "out.mp4");
  both.video.codec = "copy";
  EXPECT_EQ(refusal(both), "");
  both.ops = {BuiltInOp{.name = "grayscale"}};
  EXPECT_THAT(refusal(both), HasSubstr("copy"));
}

}  // namespace
}  // namespace s3reel::app
