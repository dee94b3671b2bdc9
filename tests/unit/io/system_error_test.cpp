#include "io/system_error.h"

#include <cerrno>

#include <gtest/gtest.h>

namespace s3reel::io {
namespace {

ErrorKind kind_of(int error_number) {
  return system_error("file.write", "out.mp4", error_number).info().kind;
}

TEST(SystemError, WhatNoLaterTryWouldChangeIsRefused) {
  for (const int number : {ENOENT, EACCES, EISDIR, ENOTEMPTY, ENOSPC, EDQUOT, EFBIG, EPIPE}) {
    EXPECT_EQ(kind_of(number), ErrorKind::refused) << number;
  }
}

TEST(SystemError, TheRestMayPass) {
  for (const int number : {EIO, EMFILE, ESTALE}) {
    EXPECT_EQ(kind_of(number), ErrorKind::unavailable) << number;
  }
}

TEST(SystemError, SaysWhatToTry) {
  EXPECT_STREQ(
      system_error("file.write", "out.mp4", ENOSPC).what(),
      "file.write out.mp4: No space left on device; free some space or choose another folder");
}

}  // namespace
}  // namespace s3reel::io
