#include "s3/ranged_get.h"

#include "base/cancelled.h"
#include "unit/s3/store_fixture.h"

namespace s3reel::s3 {
namespace {

using test::Answer;
using test::error_xml;
using test::StoreTest;
using testing::HasSubstr;

class RangedGetTest : public StoreTest {
 protected:
  /// The answer to a GET of [begin, end) of `content`.
  Answer part(std::size_t begin, std::size_t end, int cut_after = -1) const {
    return {
        .status = 206,
        .headers =
            {{"Content-Range",
              "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
                  std::to_string(content.size())},
             {"ETag", "\"e1\""},
             {"Last-Modified", "then"}},
        .body = content.substr(begin, end - begin),
        .cut_after = cut_after};
  }

  RangeAnswer get(std::uint64_t begin, std::uint64_t end, const std::string& pinned_etag = "") {
    GetRange request{.object = object, .range = {begin, end}};
    if (!pinned_etag.empty()) {
      request.pinned = io::SourceIdentity{};
      request.pinned->etag = pinned_etag;
      request.pinned->size = content.size();
      request.pinned->version_id = version;
    }
    request.on_answer = [this](const RangeAnswer& answer) {
      told.push_back(answer);
    };
    request.on_bytes = [this](std::span<const std::byte> data) {
      received.append(reinterpret_cast<const char*>(data.data()), data.size());
      return accepting;
    };
    return store().get_range(request, {});
  }

  const std::string content = "0123456789abcdefghij";
  std::string version;
  std::string received;
  std::vector<RangeAnswer> told;
  bool accepting = true;
};

TEST_F(RangedGetTest, TheFirstAnswerTellsTheObject) {
  answers = {part(0, 20)};
  const auto answer = get(0, 1'000);
  EXPECT_EQ(received, content);
  EXPECT_EQ(answer.range.end, 20U);
  EXPECT_EQ(answer.identity.size, 20U);
  EXPECT_EQ(answer.identity.etag, "\"e1\"");
  EXPECT_EQ(answer.identity.last_modified, "then");
  EXPECT_EQ(http->seen.at(0).header("range"), "bytes=0-999");
  EXPECT_EQ(http->seen.at(0).header("if-match"), "");
  EXPECT_EQ(store().traffic().bytes_read, 20U);
}

TEST_F(RangedGetTest, LaterRangesNameTheGeneration) {
  version = "v 1";
  answers = {part(5, 9)};
  get(5, 9, "\"e1\"");
  EXPECT_EQ(http->seen.at(0).header("if-match"), "\"e1\"");
  EXPECT_THAT(http->seen.at(0).url, testing::EndsWith("?versionId=v%201"));
  EXPECT_EQ(received, "5678");
}

TEST_F(RangedGetTest, DoesWithoutTheVersionWhereThatRightIsMissing) {
  version = "v1";
  answers = {{.status = 403, .body = error_xml("AccessDenied")}, part(5, 9)};
  get(5, 9, "\"e1\"");
  EXPECT_EQ(http->seen.at(1).url, "http://127.0.0.1:9000/bucket/key.mp4");
  EXPECT_EQ(http->seen.at(1).header("if-match"), "\"e1\"");
  get(5, 9, "\"e1\"");
  EXPECT_EQ(http->seen.size(), 3U);
}

TEST_F(RangedGetTest, ARefusedVersionIsLeftOutAlsoWhenAnotherReadFoundOutFirst) {
  version = "v1";
  const Answer denied{.status = 403, .body = error_xml("AccessDenied")};
  answers = {denied, denied, part(5, 9), part(5, 9)};
  store();
  http->before_answer = [this, first = true]() mutable {
    if (std::exchange(first, false)) {
      get(5, 9, "\"e1\"");  // while the first read waits for its answer
    }
  };
  get(5, 9, "\"e1\"");
  EXPECT_EQ(received, "56785678");
  EXPECT_EQ(http->seen.back().url, "http://127.0.0.1:9000/bucket/key.mp4");
}

TEST_F(RangedGetTest, ResumesAtTheExactByte) {
  answers = {part(2, 18, 7), part(9, 18, 0), part(9, 18, 3), part(12, 18)};
  const auto answer = get(2, 18);
  EXPECT_EQ(received, content.substr(2, 16));
  EXPECT_EQ(answer.range.begin, 2U);
  EXPECT_EQ(answer.range.end, 18U);
  ASSERT_EQ(http->seen.size(), 4U);
  EXPECT_EQ(http->seen.at(1).header("range"), "bytes=9-17");
  EXPECT_EQ(http->seen.at(1).header("if-match"), "\"e1\"") << "a resumed range is pinned";
  EXPECT_EQ(http->seen.at(2).header("range"), "bytes=9-17");
  EXPECT_EQ(http->seen.at(3).header("range"), "bytes=12-17");
  EXPECT_EQ(told.at(3).range.begin, 12U);
}

TEST_F(RangedGetTest, ACutBehindTheLastByteIsNoCut) {
  answers = {part(2, 18, 16)};
  EXPECT_EQ(get(2, 18).range.end, 18U);
  EXPECT_EQ(received, content.substr(2, 16));
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(RangedGetTest, AShortBodyIsNeverAccepted) {
  Answer answer = part(0, 20);
  answer.body.resize(13);
  answers = {answer, part(13, 20)};
  get(0, 20);
  EXPECT_EQ(received, content);
}

TEST_F(RangedGetTest, ABodyCutForEverIsAnError) {
  answers = {part(0, 20, 0)};
  const auto info = failure([&] { get(0, 20); });
  EXPECT_EQ(info.kind, ErrorKind::unavailable);
  EXPECT_EQ(http->seen.size(), 10U);
  EXPECT_TRUE(received.empty());
}

TEST_F(RangedGetTest, ABodyThatIsTooLongIsNotTaken) {
  settings.retry.attempts = 2;
  Answer answer = part(0, 10);
  answer.body = content;
  answers = {answer};
  const auto info = failure([&] { get(0, 10); });
  EXPECT_THAT(info.reason, HasSubstr("more bytes than it promised"));
  EXPECT_TRUE(received.empty());
}

TEST_F(RangedGetTest, AnAnswerLongerThanItsRangeIsAskedForAgain) {
  Answer longer = part(0, 10);
  longer.headers.emplace_back("Content-Length", "13");
  longer.surplus = "???";
  answers = {longer, part(0, 10)};
  get(0, 10);
  EXPECT_EQ(received, content.substr(0, 10));
  EXPECT_EQ(http->seen.size(), 2U);
}

TEST_F(RangedGetTest, WithAllBytesHereNoRangeIsLeftToAskFor) {
  Answer whole = part(0, 20);
  whole.surplus = "???";
  answers = {whole};
  const auto info = failure([&] { get(0, 20); });
  EXPECT_THAT(info.reason, HasSubstr("more bytes than it promised"));
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(RangedGetTest, WhatHasNoETagIsNoObject) {
  answers = {{.status = 200, .headers = {{"Content-Length", "20"}}, .body = content}, part(0, 20)};
  get(0, 30);
  EXPECT_EQ(received, content);
  EXPECT_EQ(http->seen.size(), 2U);
}

TEST_F(RangedGetTest, AnotherRangeThanAskedForIsNotTaken) {
  settings.retry.attempts = 2;
  for (const auto& lie :
       {"bytes 1-10/20",
        "bytes 0-8/20",
        "bytes 0-10/20",
        "bytes 0-9/9",
        "bytes 0-9/*",
        "octets 0-9/20",
        "bytes 0-9",
        "bytes 9-0/20",
        ""}) {
    Answer answer = part(0, 10);
    answer.headers.at(0).second = lie;
    answers = {answer};
    store();
    http->answers = answers;
    const auto info = failure([&] { get(0, 10); });
    EXPECT_EQ(info.kind, ErrorKind::unavailable) << lie;
    EXPECT_TRUE(received.empty()) << lie;
    EXPECT_TRUE(told.empty()) << lie;
  }
}

TEST_F(RangedGetTest, AnotherGenerationIsRefused) {
  answers = {part(0, 10)};
  const auto changed = failure([&] { get(0, 10, "\"other\""); });
  EXPECT_EQ(changed.kind, ErrorKind::refused);
  EXPECT_THAT(changed.reason, HasSubstr("the source changed under the job"));
  http->answers = {{.status = 412, .body = error_xml("PreconditionFailed")}};
  const auto failed = failure([&] { get(0, 10, "\"e1\""); });
  EXPECT_EQ(failed.kind, ErrorKind::refused);
  EXPECT_THAT(failed.reason, HasSubstr("the source changed under the job"));
  EXPECT_EQ(http->seen.size(), 2U);
  EXPECT_TRUE(received.empty());
}

TEST_F(RangedGetTest, AChangeBetweenTwoAttemptsIsRefused) {
  Answer other = part(7, 20);
  other.headers.at(1).second = "\"e2\"";
  answers = {part(0, 20, 7), other};
  EXPECT_THAT(failure([&] { get(0, 20); }).reason, HasSubstr("changed under the job"));
  EXPECT_EQ(received, content.substr(0, 7));
}

TEST_F(RangedGetTest, AnEmptyObjectIsUnusableInput) {
  answers = {{.status = 416, .body = error_xml("InvalidRange")}};
  const auto refused = failure([&] { get(0, 10); });
  EXPECT_EQ(refused.kind, ErrorKind::input);
  EXPECT_EQ(refused.reason, "the object is empty");
  http->answers = {{.status = 200, .headers = {{"Content-Length", "0"}, {"ETag", "\"e1\""}}}};
  EXPECT_EQ(failure([&] { get(0, 10); }).reason, "the object is empty");
  EXPECT_EQ(http->seen.size(), 2U);
}

TEST_F(RangedGetTest, AStoreThatIgnoresRangesIsRefused) {
  answers = {
      {.status = 200, .headers = {{"Content-Length", "20"}, {"ETag", "\"e1\""}}, .body = content}};
  EXPECT_EQ(failure([&] { get(0, 10); }).kind, ErrorKind::refused);
  EXPECT_TRUE(received.empty());
  EXPECT_EQ(get(0, 30).identity.size, 20U) << "the whole object is what was asked for";
  EXPECT_EQ(received, content);
}

TEST_F(RangedGetTest, MissingObjectsSaySoAtOnce) {
  answers = {{.status = 404, .body = error_xml("NoSuchKey")}};
  EXPECT_THAT(failure([&] { get(0, 10); }).reason, HasSubstr("no such object"));
  EXPECT_EQ(http->seen.size(), 1U);
}

TEST_F(RangedGetTest, ASinkThatIsDoneEndsTheCall) {
  accepting = false;
  answers = {part(0, 20)};
  EXPECT_THROW(get(0, 20), base::Cancelled);
  EXPECT_EQ(http->seen.size(), 1U);
}

}  // namespace
}  // namespace s3reel::s3
