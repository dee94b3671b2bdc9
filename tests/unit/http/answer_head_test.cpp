#include "http/answer_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3reel::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// The lines are taken until one is the last; how many that are.
int take(Response& answer, std::initializer_list<std::string_view> lines) {
  int taken = 0;
  for (const auto line : lines) {
    ++taken;
    if (take_head_line(answer, line) == HeadLine::last) {
      break;
    }
  }
  return taken;
}

TEST(AnswerHead, EndsWithABlankLine) {
  Response answer;
  EXPECT_EQ(
      take(answer, {"HTTP/1.1 206 Partial Content\r\n", "ETag:  \"e\" \r\n", "\r\n", "x\r\n"}), 3);
  EXPECT_EQ(answer.status, 206);
  EXPECT_THAT(answer.headers, ElementsAre(Pair("ETag", "\"e\"")));
}

TEST(AnswerHead, OfAnInterimAnswerIsForgotten) {
  Response answer;
  EXPECT_EQ(
      take(
          answer,
          {"HTTP/1.1 100 Continue\r\n",
           "Link: x\r\n",
           "\r\n",
           "HTTP/1.1 200\r\n",
           "A: b:c\r\n",
           "\r\n"}),
      6);
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.headers, ElementsAre(Pair("A", "b:c")));
}

TEST(AnswerHead, PassesOverWhatIsNoHeader) {
  Response answer;
  take(answer, {"HTTP/1.1 2x0 OK\r\n", "nothing\r\n", ":\r\n"});
  EXPECT_EQ(answer.status, 0);
  EXPECT_THAT(answer.headers, ElementsAre(Pair("", "")));
}

}  // namespace
}  // namespace s3reel::http
