#include "s3/wall_time.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace s3reel::s3 {
namespace {

using namespace std::chrono_literals;

constexpr base::Clock::Wall kTime = std::chrono::sys_days(2024y / 2 / 29) + 13h + 4min + 5s;

TEST(WallTime, IsWrittenAndReadAsS3Does) {
  EXPECT_EQ(utc_text(kTime), "2024-02-29T13:04:05Z");
  EXPECT_EQ(parse_utc("2024-02-29T13:04:05Z"), kTime);
  EXPECT_EQ(parse_utc("2024-02-29T13:04:05.678Z"), kTime);
}

TEST(WallTime, AnythingElseIsNoTime) {
  for (const std::string text :
       {"",
        "2024-02-30T13:04:05Z",
        "2024-02-29 13:04:05Z",
        "2024-02-29T13:04:05",
        "2024-02-29T13:04:05+01:00",
        "2024-2-29T013:04:05Z",
        "xxxx-02-29T13:04:05Z",
        "2024-02-29T24:04:05Z",
        "2024-02-29T13:60:05Z",
        "2024-02-29T13:04:61Z",
        "2024-02-29T-0:04:05Z"}) {
    EXPECT_FALSE(parse_utc(text)) << text;
  }
}

TEST(WallTime, BeyondWhatTheClockCountsIsNone) {
  EXPECT_EQ(utc_text(*parse_utc("1970-01-01T00:00:00Z")), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(*parse_utc("2261-12-31T23:59:60Z")), "2262-01-01T00:00:00Z");
  EXPECT_FALSE(parse_utc("1969-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_utc("2262-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"));
}

TEST(WallTime, OfHttpIsRead) {
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 13:04:05 GMT"), kTime);
  EXPECT_FALSE(parse_http_date("Thu, 29 Foo 2024 13:04:05 GMT"));
  EXPECT_FALSE(parse_http_date("Thu, 31 Feb 2024 13:04:05 GMT"));
  EXPECT_FALSE(parse_http_date("Thu, 29 Feb 2024 13:04:05 CET"));
  EXPECT_FALSE(parse_http_date("Thu, 29 Feb 2024 13:04.05 GMT"));
  EXPECT_FALSE(parse_http_date("Thu, 29 Feb 2024 13:04:05 GMT "));
}

}  // namespace
}  // namespace s3reel::s3
