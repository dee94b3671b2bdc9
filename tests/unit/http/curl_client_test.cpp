#include "http/curl_client.h"

#include <atomic>
#include <cstdlib>
#include <future>
#include <latch>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "unit/http/loopback_server.h"

namespace s3reel::http {
namespace {

using std::chrono::milliseconds;
using test::LoopbackServer;
using test::ok;
using test::Received;
using test::Reply;
using testing::HasSubstr;
using testing::Not;

class CurlClientTest : public testing::Test {
 protected:
  template <class Action>
  ErrorInfo failure(Action action) {
    try {
      action();
    } catch (const Error& error) {
      return error.info();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  CurlClient client{{}};
};

TEST_F(CurlClientTest, ReturnsStatusHeadersAndBody) {
  LoopbackServer server([](const Received&) {
    return Reply{
        "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"
        "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nX-Two:  b c \r\nx-two: second\r\n\r\nbody"};
  });
  const auto answer = client.perform({.url = server.url("/x")}, {});
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "body");
  EXPECT_EQ(find_header(answer.headers, "X-TWO"), "b c");
  EXPECT_EQ(find_header(answer.headers, "X-Early"), std::nullopt);
}

TEST_F(CurlClientTest, SendsThePathAndTheHeadersAsTheyAre) {
  LoopbackServer server([](const Received&) { return Reply{ok("")}; });
  client.perform(
      {.url = server.url("/b/../a//./c%2F?x=%20&y"), .headers = {{"X-One", "1"}, {"X-Empty", ""}}},
      {});
  const auto head = server.received().at(0).head;
  EXPECT_THAT(head, testing::StartsWith("GET /b/../a//./c%2F?x=%20&y HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-One: 1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Accept-Encoding")));
}

TEST_F(CurlClientTest, ReusesTheConnectionUnlessToldOtherwise) {
  LoopbackServer server([](const Received&) { return Reply{ok("x")}; });
  client.perform({.url = server.url("/1")}, {});
  client.perform({.url = server.url("/2")}, {});
  client.perform({.url = server.url("/3"), .fresh_connection = true}, {});
  const auto received = server.received();
  EXPECT_EQ(received.at(0).connection, 1);
  EXPECT_EQ(received.at(1).connection, 1);
  EXPECT_EQ(received.at(2).connection, 2);
}

TEST_F(CurlClientTest, ResolvesNamesBelowLocalhost) {
  LoopbackServer server([](const Received&) { return Reply{ok("x")}; });
  const auto answer = client.perform({.url = server.url("/", "bucket.localhost")}, {});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(server.received().at(0).head, HasSubstr("Host: bucket.localhost:"));
}

TEST_F(CurlClientTest, UploadsPiecesInOrderAndWithoutWaiting) {
  LoopbackServer server([](const Received&) { return Reply{ok("")}; });
  const std::string first(3'000'000, 'a');
  const std::string second(1, 'b');
  const std::string third(2'500'000, 'c');
  const auto bytes = [](const std::string& text) {
    return std::as_bytes(std::span(text));
  };
  client.perform(
      {.method = "PUT",
       .url = server.url("/"),
       .body = {bytes(first), {}, bytes(second), bytes(third)}},
      {});
  const auto received = server.received().at(0);
  EXPECT_TRUE(received.body == first + second + third);
  EXPECT_THAT(received.head, HasSubstr("Content-Length: 5500001\r\n"));
  EXPECT_THAT(received.head, Not(HasSubstr("Expect")));
  EXPECT_THAT(received.head, Not(HasSubstr("chunked")));
}

TEST_F(CurlClientTest, AnEmptyUploadHasALength) {
  LoopbackServer server([](const Received&) { return Reply{ok("")}; });
  client.perform({.method = "POST", .url = server.url("/?uploads=")}, {});
  client.perform({.method = "DELETE", .url = server.url("/x")}, {});
  EXPECT_THAT(server.received().at(0).head, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(server.received().at(1).head, testing::StartsWith("DELETE /x HTTP/1.1\r\n"));
}

TEST_F(CurlClientTest, RewindsTheBodyWhenAReusedConnectionIsDead) {
  // Hangs up after the first answer, so that the second request meets a closed connection.
  LoopbackServer server([](const Received& request) {
    return Reply{ok(""), request.connection == 1 ? Reply::Then::close : Reply::Then::keep};
  });
  const std::string body(400'000, 'x');
  const Request put{
      .method = "PUT", .url = server.url("/"), .body = {std::as_bytes(std::span(body))}};
  client.perform(put, {});
  EXPECT_EQ(client.perform(put, {}).status, 200);
  EXPECT_EQ(server.received().back().connection, 2);
  EXPECT_TRUE(server.received().back().body == body);
}

TEST_F(CurlClientTest, HeadHasNoBody) {
  LoopbackServer server(
      [](const Received&) { return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"}; });
  const auto answer = client.perform({.method = "HEAD", .url = server.url("/")}, {});
  EXPECT_EQ(find_header(answer.headers, "content-length"), "1234");
  EXPECT_EQ(answer.body, "");
}

TEST_F(CurlClientTest, PassesASuccessfulBodyOnInPieces) {
  const std::string content(1'000'000, 'y');
  LoopbackServer server([&](const Received&) { return Reply{ok(content, "X-A: 1\r\n")}; });
  std::string got;
  int head_status = 0;
  const auto answer = client.perform(
      {.url = server.url("/"),
       .on_body =
           [&](std::span<const std::byte> data) {
             EXPECT_EQ(head_status, 200) << "the head comes first";
             got.append(reinterpret_cast<const char*>(data.data()), data.size());
             return true;
           },
       .on_head =
           [&](int status, const Headers&) {
             head_status = status;
           }},
      {});
  EXPECT_TRUE(got == content);
  EXPECT_EQ(answer.body, "");
}

TEST_F(CurlClientTest, ABodyOfAnErrorIsCollected) {
  LoopbackServer server(
      [](const Received&) { return Reply{"HTTP/1.1 503 Slow\r\nContent-Length: 3\r\n\r\nwhy"}; });
  const auto answer = client.perform(
      {.url = server.url("/"),
       .on_body =
           [](auto) {
             return false;
           }},
      {});
  EXPECT_EQ(answer.body, "why");
}

TEST_F(CurlClientTest, ASinkThatIsDoneEndsTheTransfer) {
  LoopbackServer server([](const Received&) { return Reply{ok(std::string(100'000, 'z'))}; });
  EXPECT_THROW(
      client.perform(
          {.url = server.url("/"),
           .on_body =
               [](auto) {
                 return false;
               }},
          {}),
      base::Cancelled);
}

TEST_F(CurlClientTest, WhatACallbackThrowsComesOut) {
  LoopbackServer server([](const Received&) { return Reply{ok("body")}; });
  const Request request{.url = server.url("/"), .on_head = [](int, const Headers&) {
                          throw std::runtime_error("mine");
                        }};
  EXPECT_THROW(client.perform(request, {}), std::runtime_error);
  EXPECT_EQ(client.perform({.url = server.url("/")}, {}).status, 200);
}

TEST_F(CurlClientTest, ABodyCutShortIsAFailure) {
  LoopbackServer server([](const Received&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", Reply::Then::close};
  });
  const auto info = failure([&] { client.perform({.url = server.url("/")}, {}); });
  EXPECT_EQ(info.kind, ErrorKind::unavailable);
  EXPECT_TRUE(info.retryable);
  EXPECT_THAT(info.reason, HasSubstr("during the answer"));
}

TEST_F(CurlClientTest, AHeadCutShortIsAFailure) {
  for (const auto* head :
       {"HTTP/1.1 404 Not Fou", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: \"a"}) {
    LoopbackServer server([&](const Received&) { return Reply{head, Reply::Then::close}; });
    const auto info =
        failure([&] { client.perform({.method = "HEAD", .url = server.url("/")}, {}); });
    EXPECT_EQ(info.kind, ErrorKind::unavailable) << head;
    EXPECT_TRUE(info.retryable) << head;
    EXPECT_THAT(info.reason, HasSubstr("the connection broke")) << head;
  }
}

TEST_F(CurlClientTest, AHangUpBeforeTheAnswerIsNotUnreachable) {
  LoopbackServer server([](const Received&) { return Reply{"", Reply::Then::close}; });
  try {
    client.perform({.url = server.url("/")}, {});
    FAIL();
  } catch (const NotConnected&) {
    FAIL() << "the connection stood";
  } catch (const Error& error) {
    EXPECT_TRUE(error.info().retryable);
  }
}

TEST_F(CurlClientTest, ARefusedConnectionIsUnreachable) {
  const std::string url = "http://127.0.0.1:" + std::to_string(test::closed_port()) + "/";
  EXPECT_THROW(client.perform({.url = url}, {}), NotConnected);
  EXPECT_THROW(client.perform({.url = "http://no-such-host.invalid/"}, {}), NotConnected);
}

TEST_F(CurlClientTest, AUrlThatIsNoneIsWrongUsage) {
  EXPECT_EQ(
      failure([&] { client.perform({.url = "gopher://127.0.0.1/"}, {}); }).kind, ErrorKind::usage);
}

TEST_F(CurlClientTest, ASilentConnectionIsGivenUp) {
  LoopbackServer server([](const Received& request) {
    const bool mute = request.head.starts_with("GET /mute");
    return Reply{
        mute ? "" : "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome", Reply::Then::hang};
  });
  for (const auto* path : {"/mute", "/half"}) {
    const auto info = failure([&] {
      client.perform({.url = server.url(path), .timeouts = {.stall = milliseconds(50)}}, {});
    });
    EXPECT_THAT(info.reason, HasSubstr("no progress")) << path;
    EXPECT_THROW(
        client.perform({.url = server.url(path), .timeouts = {.stall = milliseconds(50)}}, {}),
        Stalled);
    EXPECT_TRUE(info.retryable) << path;
  }
}

TEST_F(CurlClientTest, AStopEndsARequestOnItsWay) {
  std::stop_source stop;
  LoopbackServer server([&](const Received&) {
    stop.request_stop();
    return Reply{"", Reply::Then::hang};
  });
  EXPECT_THROW(client.perform({.url = server.url("/")}, stop.get_token()), base::Cancelled);
  EXPECT_THROW(client.perform({.url = server.url("/")}, stop.get_token()), base::Cancelled);
  EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(CurlClientTest, RequestsRunSideBySide) {
  constexpr int kRequests = 6;
  std::latch all_there(kRequests);
  LoopbackServer server([&](const Received&) {
    all_there.arrive_and_wait();  // no answer before every request has arrived
    return Reply{ok("x")};
  });
  std::vector<std::future<int>> statuses;
  statuses.reserve(kRequests);
  for (int i = 0; i < kRequests; ++i) {
    statuses.push_back(std::async(
        std::launch::async, [&] { return client.perform({.url = server.url("/")}, {}).status; }));
  }
  for (auto& status : statuses) {
    EXPECT_EQ(status.get(), 200);
  }
}

TEST_F(CurlClientTest, RequestsBeyondTheLimitWaitTheirTurn) {
  CurlClient narrow({.max_connections = 1});
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  LoopbackServer server([&](const Received&) {
    most = std::max(most.load(), ++at_once);
    --at_once;
    return Reply{ok("x")};
  });
  std::vector<std::future<int>> statuses;
  for (int i = 0; i < 5; ++i) {
    statuses.push_back(std::async(
        std::launch::async, [&] { return narrow.perform({.url = server.url("/")}, {}).status; }));
  }
  for (auto& status : statuses) {
    EXPECT_EQ(status.get(), 200);
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(server.received().back().connection, 1);
}

TEST_F(CurlClientTest, ErrorsDoNotShowTheSignatureOfAUrl) {
  const std::string url = "http://user:word@127.0.0.1:" + std::to_string(test::closed_port()) +
                          "/k?X-Amz-Credential=c1&X-Amz-Signature=s1&x=y&X-Amz-Security-Token=t1";
  try {
    client.perform({.url = url}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("/k?REDACTED: "));
    for (const auto* secret : {"word", "c1", "s1", "t1"}) {
      EXPECT_THAT(error.what(), Not(HasSubstr(secret)));
    }
  }
}

}  // namespace
}  // namespace s3reel::http
