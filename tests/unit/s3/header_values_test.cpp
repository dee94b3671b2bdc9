#include "s3/header_values.h"

#include <string>

#include <gtest/gtest.h>

namespace s3reel::s3 {
namespace {

TEST(HeaderValues, ARangeIsReadWithTheSizeOfItsObject) {
  const auto found = parse_content_range("bytes 5-99/1000");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->range.begin, 5U);
  EXPECT_EQ(found->range.end, 100U);
  EXPECT_EQ(found->size, 1'000U);
}

TEST(HeaderValues, AnythingElseIsNoRange) {
  for (const std::string text :
       {"",
        "bytes",
        "5-99/1000",
        "bytes 5-99/*",
        "bytes */1000",
        "bytes 5-99/1000 ",
        "bytes 5-+99/1000",
        "bytes 5-4/1000",
        "bytes 5-1000/1000",
        "bytes 0-18446744073709551615/18446744073709551616"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
}

TEST(HeaderValues, ALengthIsDigits) {
  EXPECT_EQ(parse_length("0"), 0U);
  EXPECT_EQ(parse_length("18446744073709551615"), 18'446'744'073'709'551'615U);
  for (const std::string text : {"", " 1", "1 ", "-1", "+1", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(parse_length(text)) << text;
  }
}

}  // namespace
}  // namespace s3reel::s3
