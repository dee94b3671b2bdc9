#include "s3/web_client.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/s3/fake_http.h"

namespace s3reel::s3 {
namespace {

using test::Answer;
using test::error_xml;
using test::FakeHttp;
using test::ManualClock;
using testing::HasSubstr;
using testing::Not;

constexpr char kUrl[] = "https://host:8443/films/a%20b.mp4?X-Amz-Signature=hunter2";

class WebClientTest : public testing::Test {
 protected:
  RangeClient& client() {
    if (!client_) {
      auto owned = std::make_unique<FakeHttp>();
      owned->answers = {{.status = 500}};
      if (!answers.empty()) {
        owned->answers = answers;
      }
      http = owned.get();
      base::Log log([this](base::LogLevel, const std::string& text) { lines.push_back(text); });
      client_ = std::make_unique<WebClient>(
          RetrySettings{}, std::move(owned), log, clock, [] { return 1.0; });
    }
    return *client_;
  }

  /// The answer to a GET of [begin, end) of `content`.
  Answer part(std::size_t begin, std::size_t end, http::Headers validators) const {
    Answer answer{.status = 206, .headers = std::move(validators)};
    answer.body = content.substr(begin, end - begin);
    answer.headers.emplace_back(
        "Content-Range",
        "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" +
            std::to_string(content.size()));
    return answer;
  }

  static Answer redirect(int status, const std::string& location) {
    return {.status = status, .headers = {{"Location", location}}, .body = "moved"};
  }

  RangeAnswer get(
      std::uint64_t begin,
      std::uint64_t end,
      const std::optional<io::SourceIdentity>& pinned = std::nullopt) {
    GetRange request{.object = parse_web_url(kUrl), .range = {begin, end}, .pinned = pinned};
    request.on_bytes = [this](std::span<const std::byte> data) {
      received.append(reinterpret_cast<const char*>(data.data()), data.size());
      return true;
    };
    return client().get_range(request, {});
  }

  /// What get() throws; no line of the log and no word of it may hold the query.
  ErrorInfo failure(const std::optional<io::SourceIdentity>& pinned = std::nullopt) {
    try {
      get(0, 100, pinned);
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
      EXPECT_THAT(lines, testing::Each(Not(HasSubstr("hunter2"))));
      return error.info();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  const http::Headers strong{{"ETag", "\"e1\""}, {"Last-Modified", "then"}};
  const http::Headers weak{{"ETag", "W/\"e1\""}, {"Last-Modified", "then"}};
  const http::Headers dated{{"Last-Modified", "then"}};
  const std::string content = "0123456789abcdefghij";
  std::deque<Answer> answers;
  ManualClock clock;
  FakeHttp* http = nullptr;
  std::vector<std::string> lines;
  std::string received;

 private:
  std::unique_ptr<WebClient> client_;
};

TEST_F(WebClientTest, AnAddressIsSentAsItIsAndNothingIsSigned) {
  answers = {part(0, 20, strong)};
  const RangeAnswer answer = get(0, 100);
  EXPECT_EQ(received, content);
  EXPECT_EQ(answer.identity.url, "https://host:8443/films/a%20b.mp4");
  EXPECT_EQ(answer.identity.etag, "\"e1\"");
  EXPECT_EQ(http->seen.at(0).url, kUrl);
  EXPECT_EQ(http->seen.at(0).headers, (http::Headers{{"Range", "bytes=0-99"}}));
  EXPECT_THAT(lines, testing::Each(Not(HasSubstr("hunter2"))));
  EXPECT_EQ(client().traffic().requests.at("GET"), 1U);
}

TEST_F(WebClientTest, AStrongETagPins) {
  answers = {part(0, 20, strong), part(5, 9, strong), {.status = 412}};
  const auto generation = get(0, 100).identity;
  get(5, 9, generation);
  EXPECT_EQ(http->seen.at(1).header("if-match"), "\"e1\"");
  EXPECT_EQ(http->seen.at(1).header("if-unmodified-since"), "");
  const ErrorInfo info = failure(generation);
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.reason, "the source changed under the job");
}

TEST_F(WebClientTest, WithoutAStrongOneTheTimeOfTheLastChangePins) {
  for (const auto& validators : {weak, dated}) {
    client();
    http->answers = {part(0, 20, validators)};
    const auto generation = get(0, 100).identity;
    http->answers = {part(5, 9, validators)};
    get(5, 9, generation);
    EXPECT_EQ(http->seen.back().header("if-match"), "");
    EXPECT_EQ(http->seen.back().header("if-unmodified-since"), "then");
    auto changed = validators;
    changed.back().second = "later";
    http->answers = {part(0, 20, changed)};
    EXPECT_EQ(failure(generation).reason, "the source changed under the job");
  }
}

TEST_F(WebClientTest, AServerThatTellsNoGenerationIsRefused) {
  for (const auto& validators : {http::Headers{}, http::Headers{{"ETag", "W/\"e1\""}}}) {
    client();
    http->answers = {part(0, 20, validators)};
    const ErrorInfo info = failure();
    EXPECT_EQ(info.kind, ErrorKind::refused);
    EXPECT_EQ(info.operation, "http.GET");
    EXPECT_THAT(info.reason, HasSubstr("neither an ETag nor Last-Modified"));
  }
  EXPECT_EQ(received, "");
}

TEST_F(WebClientTest, AServerWithoutRangesIsRefused) {
  answers = {{.status = 200, .headers = {{"Last-Modified", "then"}, {"Content-Length", "4096"}}}};
  const ErrorInfo info = failure();
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.reason, "the server ignores Range");
  client();
  http->answers = {{.status = 200, .headers = {{"Last-Modified", "then"}}, .body = content}};
  EXPECT_EQ(failure().reason, "the server ignores Range");  // how long it is is not said
}

TEST_F(WebClientTest, RedirectsAreFollowedAndRemembered) {
  answers = {
      redirect(302, "/elsewhere?token=hunter2"),
      redirect(307, "https://edge/there.mp4"),
      part(0, 20, strong)};
  const auto generation = get(0, 100).identity;
  EXPECT_EQ(received, content);
  EXPECT_EQ(http->seen.at(1).url, "https://host:8443/elsewhere?token=hunter2");
  EXPECT_EQ(http->seen.at(2).url, "https://edge/there.mp4");
  EXPECT_EQ(generation.url, "https://host:8443/films/a%20b.mp4");
  EXPECT_THAT(clock.sleeps, testing::Each(base::Clock::Duration(0)));
  http->answers = {part(5, 9, strong)};
  get(5, 9, generation);
  EXPECT_EQ(http->seen.at(3).url, "https://edge/there.mp4");
  EXPECT_THAT(lines, testing::Each(Not(HasSubstr("hunter2"))));
}

TEST_F(WebClientTest, WhereARedirectLedToMayRunOut) {
  answers = {redirect(302, "https://edge/1"), part(0, 20, strong)};
  const auto generation = get(0, 100).identity;
  http->answers = {
      {.status = 403, .body = error_xml("AccessDenied")},
      redirect(302, "https://edge/2"),
      part(5, 9, strong)};
  get(5, 9, generation);
  EXPECT_EQ(http->seen.at(2).url, "https://edge/1");
  EXPECT_EQ(http->seen.at(3).url, kUrl);
  EXPECT_EQ(http->seen.at(4).url, "https://edge/2");
}

TEST_F(WebClientTest, WhereARedirectLedToMayNotRunOutForEver) {
  answers = {redirect(302, "https://edge/1"), {.status = 403}, redirect(302, "https://edge/2")};
  answers.push_back({.status = 403});
  const ErrorInfo info = failure();
  EXPECT_EQ(info.http_status, 403);
  EXPECT_EQ(http->seen.size(), 4U);
}

TEST_F(WebClientTest, RedirectsEnd) {
  answers = {redirect(302, kUrl)};
  const ErrorInfo info = failure();
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.reason, "it leads on after 5 redirects");
  EXPECT_EQ(http->seen.size(), 6U);
}

TEST_F(WebClientTest, ARedirectThatLeavesHttpsOrTheWebIsRefused) {
  for (const char* location :
       {"http://host/a.mp4", "file:///etc/passwd", "https://me:pw@host/a.mp4", "ftp://h/x"}) {
    client();
    http->answers = {redirect(301, location)};
    const ErrorInfo info = failure();
    EXPECT_EQ(info.kind, ErrorKind::refused) << location;
    EXPECT_THAT(info.reason, HasSubstr("it leads")) << location;
    EXPECT_EQ(http->seen.back().url, kUrl) << location;
  }
}

TEST_F(WebClientTest, ARefusalSpeaksOfTheAddress) {
  answers = {{.status = 403, .body = error_xml("AccessDenied")}};
  const ErrorInfo denied = failure();
  EXPECT_EQ(denied.kind, ErrorKind::refused);
  EXPECT_EQ(denied.reason, "words");  // the store's own: "Request has expired"
  EXPECT_THAT(denied.hint, HasSubstr("presigned URL may have expired"));
  http->answers = {{.status = 404}};
  EXPECT_EQ(failure().reason, "there is nothing at this address");
  http->answers = {{.status = 401}};
  EXPECT_EQ(failure().reason, "the server answered 401");
}

TEST_F(WebClientTest, AnEmptyFileAndOneOfUnknownLengthAreRefusedAtOnce) {
  client();
  http->answers = {{.status = 416, .headers = {{"Content-Range", "bytes */0"}}}};
  EXPECT_EQ(failure().kind, ErrorKind::input);
  Answer unknown = part(0, 20, strong);
  unknown.headers.back().second = "bytes 0-19/*";
  http->answers = {unknown};
  const ErrorInfo info = failure();
  EXPECT_EQ(info.kind, ErrorKind::refused);
  EXPECT_EQ(info.reason, "the server does not say how long it is");
  EXPECT_EQ(http->seen.size(), 2U);
}

TEST_F(WebClientTest, WhereARedirectLedToMayBeGone) {
  for (const Answer& gone :
       {Answer{.transport = Answer::Transport::refused}, Answer{.status = 502}}) {
    client();
    http->answers = {redirect(302, "https://edge/1"), part(0, 20, strong)};
    const auto generation = get(0, 100).identity;
    http->answers = {gone, redirect(302, "https://edge/2"), part(5, 9, strong)};
    get(5, 9, generation);
    EXPECT_EQ(http->seen.at(http->seen.size() - 2).url, kUrl);
    EXPECT_EQ(http->seen.back().url, "https://edge/2");
    http->answers = {{.status = 403}, redirect(302, "https://edge/3"), part(0, 20, strong)};
    get(0, 20, generation);
    EXPECT_EQ(http->seen.back().url, "https://edge/3");
  }
}

TEST_F(WebClientTest, AStoreThatOnlySaysThatItIsElsewhereIsQuoted) {
  answers = {{.status = 301, .body = error_xml("PermanentRedirect")}};
  const ErrorInfo info = failure();
  EXPECT_EQ(info.reason, "words");
  EXPECT_THAT(info.hint, HasSubstr("region"));
}

TEST_F(WebClientTest, APageThatRepeatsTheQueryIsNotQuoted) {
  answers = {
      {.status = 403,
       .body = "<Error><Code>No</Code><Message>no k?X-Amz-Signature=hunter2</Message></Error>"}};
  EXPECT_EQ(failure().reason, "the server answered 403");
}

TEST_F(WebClientTest, WhatMayPassIsTriedAgain) {
  answers = {{.status = 503}, {.transport = Answer::Transport::broken}, part(0, 20, strong)};
  get(0, 100);
  EXPECT_EQ(received, content);
  EXPECT_EQ(client().traffic().retries, 2U);
}

TEST(WebUrl, HostAndRest) {
  const auto name = parse_web_url("https://h:1/a//../b?c=d#e");
  EXPECT_EQ(name.scheme, "https");
  EXPECT_EQ(name.bucket, "h:1");
  EXPECT_EQ(name.key, "a//../b?c=d");
  EXPECT_EQ(name.url(), "https://h:1/a//../b");
  EXPECT_EQ(parse_web_url("http://h").url(), "http://h/");
  EXPECT_EQ(parse_web_url("HTTPS://H/K?q").url(), "https://H/K");
  EXPECT_EQ(parse_web_url("https://[::1]:8/k").bucket, "[::1]:8");
  EXPECT_EQ(parse_web_url("http://h?q").key, "?q");
}

TEST(WebUrl, WhatIsNoneIsAUsageErrorThatKeepsItToItself) {
  for (const char* url :
       {"https://",
        "https:///k?hunter2",
        "https://me:hunter2@h/k",
        "https://h/a b?hunter2",
        "https://h/\xc3\xbc?hunter2",
        "https://h/k?hunter2\r\nX: y",
        "ftp://h/hunter2"}) {
    try {
      parse_web_url(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
      EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
    }
  }
}

}  // namespace
}  // namespace s3reel::s3
