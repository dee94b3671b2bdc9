#include "cli/failure.h"

#include <csignal>
#include <new>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3reel::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(ExitCode, FollowsTheTableOfTheManual) {
  EXPECT_EQ(exit_code(ErrorKind::internal, 0), 1);
  EXPECT_EQ(exit_code(ErrorKind::usage, 0), 2);
  EXPECT_EQ(exit_code(ErrorKind::input, 0), 3);
  EXPECT_EQ(exit_code(ErrorKind::refused, 0), 4);
  EXPECT_EQ(exit_code(ErrorKind::unavailable, 0), 5);
  EXPECT_EQ(exit_code(ErrorKind::op, 0), 6);
  EXPECT_EQ(exit_code(ErrorKind::loss, 0), 7);
}

TEST(ExitCode, OfAnInterruptionIsThatOfTheSignal) {
  EXPECT_EQ(exit_code(ErrorKind::interrupted, SIGINT), 130);
  EXPECT_EQ(exit_code(ErrorKind::interrupted, SIGTERM), 143);
  EXPECT_EQ(exit_code(ErrorKind::interrupted, SIGHUP), 129);
  EXPECT_EQ(exit_code(ErrorKind::interrupted, 0), 130);
}

TEST(ExitCode, OfAFailureDuringAStopIsTheFailures) {
  EXPECT_EQ(exit_code(ErrorKind::refused, SIGTERM), 4);
}

Failure describe(const std::exception_ptr& error) {
  return describe_failure(error, 0);
}

TEST(Failure, AnErrorSpeaksForItself) {
  const auto failure = describe(std::make_exception_ptr(Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "s3.GetObject",
      .subject = "s3://b/k",
      .reason = "not found",
      .hint = "check the key",
      .http_status = 404})));
  EXPECT_EQ(failure.message, "s3.GetObject s3://b/k: not found (HTTP 404); check the key");
  EXPECT_EQ(failure.exit_code, 4);
  EXPECT_EQ(failure.info.http_status, 404);
}

TEST(Failure, AnythingElseIsADefectAndSaysWhatToSend) {
  const auto defects = {
      std::make_exception_ptr(std::runtime_error("index 7 out of range")),
      std::make_exception_ptr(std::bad_alloc()),
      std::make_exception_ptr(42),
      std::make_exception_ptr(Error(ErrorInfo{.reason = "frames do not add up"}))};
  for (const auto& defect : defects) {
    const auto failure = describe(defect);
    EXPECT_EQ(failure.exit_code, 1);
    EXPECT_THAT(
        failure.message, AllOf(HasSubstr("defect in s3reel"), HasSubstr("s3reel --version")));
  }
  EXPECT_THAT(describe(*defects.begin()).message, HasSubstr("index 7 out of range"));
}

TEST(Failure, IsOneLineWithoutSecretsInEveryField) {
  const auto failure = describe(std::make_exception_ptr(Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "open",
      .subject = "https://h/k?X-Amz-Signature=abc",
      .reason = "not\na video"})));
  EXPECT_THAT(failure.message, AllOf(HasSubstr("not a video"), Not(HasSubstr("abc"))));
  EXPECT_THAT(failure.info.subject, Not(HasSubstr("abc")));
}

}  // namespace
}  // namespace s3reel::cli
