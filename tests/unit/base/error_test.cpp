#include "s3reel/error.h"

#include <exception>
#include <string>

#include <gtest/gtest.h>

#include "base/cancelled.h"

namespace s3reel {
namespace {

TEST(Error, IsOneSentenceWithWhatWhereWhyAndWhatToTry) {
  const Error error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "s3.GetObject",
      .subject = "s3://bucket/in.mp4",
      .reason = "there is no such object",
      .hint = "check the key",
      .http_status = 404,
      .s3_code = "NoSuchKey",
      .request_id = "4442587FB7D0A2F9"});
  EXPECT_STREQ(
      error.what(),
      "s3.GetObject s3://bucket/in.mp4: there is no such object (HTTP 404, NoSuchKey, request id "
      "4442587FB7D0A2F9); check the key");
}

TEST(Error, LeavesOutWhatDoesNotApply) {
  EXPECT_STREQ(Error(ErrorInfo{.operation = "decode"}).what(), "decode");
  EXPECT_STREQ(Error(ErrorInfo{.reason = "it broke"}).what(), "it broke");
  EXPECT_STREQ(Error(ErrorInfo{.subject = "in.mp4", .reason = "empty"}).what(), "in.mp4: empty");
  EXPECT_STREQ(
      Error(ErrorInfo{.operation = "s3.PutObject", .http_status = 503}).what(),
      "s3.PutObject (HTTP 503)");
}

TEST(Error, KeepsItsFactsWhenCaughtAsAStandardException) {
  try {
    throw Error(ErrorInfo{.kind = ErrorKind::input, .reason = "truncated", .av_error = -22});
  } catch (const std::exception& caught) {
    const auto* error = dynamic_cast<const Error*>(&caught);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->info().kind, ErrorKind::input);
    EXPECT_EQ(error->info().av_error, -22);
    EXPECT_FALSE(error->info().retryable);
  }
}

TEST(Error, KindsAreTheExitCodesOfTheCommand) {
  EXPECT_EQ(static_cast<int>(ErrorKind::internal), 1);
  EXPECT_EQ(static_cast<int>(ErrorKind::usage), 2);
  EXPECT_EQ(static_cast<int>(ErrorKind::input), 3);
  EXPECT_EQ(static_cast<int>(ErrorKind::refused), 4);
  EXPECT_EQ(static_cast<int>(ErrorKind::unavailable), 5);
  EXPECT_EQ(static_cast<int>(ErrorKind::op), 6);
  EXPECT_EQ(static_cast<int>(ErrorKind::loss), 7);
  EXPECT_EQ(static_cast<int>(ErrorKind::interrupted), 130);
}

TEST(Cancelled, IsAnInterruptionForThoseWhoCatchErrors) {
  try {
    throw base::Cancelled();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::interrupted);
    EXPECT_FALSE(error.info().retryable);
  }
}

}  // namespace
}  // namespace s3reel
