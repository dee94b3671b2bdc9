#include "io/head_buffer.h"

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "support/bytes.h"

namespace s3reel::io {
namespace {

using test::to_bytes;

TEST(HeadBuffer, TakesWhatFitsAndSaysHowMuch) {
  HeadBuffer head(4);
  EXPECT_EQ(head.append(to_bytes("abc")), 3U);
  EXPECT_EQ(head.append(to_bytes("def")), 1U);
  EXPECT_EQ(head.append(to_bytes("g")), 0U);
  EXPECT_EQ(head.copy(), to_bytes("abcd"));
}

TEST(HeadBuffer, PatchCountsInAppendedBytesAlsoAfterTheInsertion) {
  HeadBuffer head(8);
  head.append(to_bytes("abcdefgh"));
  head.insert(4, to_bytes("XYZ"));
  head.patch(3, to_bytes("12"));
  EXPECT_EQ(head.copy(), to_bytes("abc1XYZ2fgh"));
  EXPECT_EQ(head.size(), 11U);
}

TEST(HeadBuffer, InsertsAtBothEnds) {
  HeadBuffer front(8);
  front.append(to_bytes("abc"));
  front.insert(0, to_bytes("X"));
  EXPECT_EQ(front.copy(), to_bytes("Xabc"));
  HeadBuffer back(8);
  back.append(to_bytes("abc"));
  back.insert(3, to_bytes("X"));
  EXPECT_EQ(back.copy(), to_bytes("abcX"));
}

TEST(HeadBuffer, RefusesWhatLiesOutside) {
  HeadBuffer head(8);
  head.append(to_bytes("abc"));
  EXPECT_THROW(head.patch(2, to_bytes("12")), Error);
  EXPECT_THROW(head.patch(~0ULL, to_bytes("12")), Error);
  EXPECT_THROW(head.insert(4, to_bytes("X")), Error);
  head.insert(3, to_bytes("X"));
  EXPECT_THROW(head.insert(0, to_bytes("Y")), Error);
  EXPECT_THROW(head.append(to_bytes("d")), Error);
}

}  // namespace
}  // namespace s3reel::io
