#pragma once

/// A store of canned answers, and a clock that tests move.

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/cancelled.h"
#include "base/clock.h"
#include "http/client.h"

namespace s3reel::test {

/// Time passes only by sleeping, and at once.
class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] Steady now() const override { return Steady(elapsed_); }

  [[nodiscard]] Wall wall() const override { return wall_ + elapsed_; }

  bool sleep_for(Duration duration, const std::stop_token& stop) override {
    if (on_sleep) {
      on_sleep();
    }
    sleeps.push_back(duration);
    elapsed_ += duration;
    return !stop.stop_requested();
  }

  void advance(Duration duration) { elapsed_ += duration; }

  void set_wall(Wall wall) { wall_ = wall - elapsed_; }

  std::vector<Duration> sleeps;
  std::function<void()> on_sleep;

 private:
  Duration elapsed_{0};
  // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110
  Wall wall_{std::chrono::seconds(784'111'777)};
};

/// What the store does with one request.
struct Answer {
  int status = 200;
  http::Headers headers{};
  std::string body{};
  std::string surplus{};  ///< comes behind the body, in a piece of its own
  /// Bytes of the body that arrive before the connection breaks; all of them if negative.
  int cut_after = -1;
  enum class Transport { works, refused, broken, stalled } transport = Transport::works;
};

/// Answers requests in order and keeps them. The last answer is repeated.
class FakeHttp final : public http::Client {
 public:
  struct Seen {
    std::string method;
    std::string url;
    http::Headers headers;
    std::string body;
    http::Timeouts timeouts;
    bool fresh_connection;

    [[nodiscard]] std::string header(std::string_view name) const {
      return http::find_header(headers, name).value_or("");
    }
  };

  http::Response perform(const http::Request& request, std::stop_token stop) override {
    if (stop.stop_requested()) {
      throw base::Cancelled();
    }
    const Answer answer = take(request);
    if (before_answer) {
      before_answer();
    }
    if (answer.transport == Answer::Transport::refused) {
      throw http::NotConnected(broken("Couldn't connect to server"));
    }
    if (answer.transport == Answer::Transport::stalled) {
      throw http::Stalled(broken("the connection made no progress"));
    }
    if (answer.transport == Answer::Transport::broken) {
      throw Error(broken("the connection broke"));
    }
    if (request.on_head) {
      request.on_head(answer.status, answer.headers);
    }
    http::Response response{.status = answer.status, .headers = answer.headers, .body = {}};
    const auto length =
        answer.cut_after < 0 ? answer.body.size() : static_cast<std::size_t>(answer.cut_after);
    const std::string arrived = answer.body.substr(0, length);
    if (request.on_body && answer.status >= 200 && answer.status < 300) {
      for (const std::string& piece : {arrived, answer.surplus}) {
        if (!piece.empty() && !request.on_body(std::as_bytes(std::span(piece)))) {
          throw base::Cancelled();
        }
      }
    } else {
      response.body = arrived;
    }
    if (answer.cut_after >= 0) {
      throw Error(broken("the connection broke during the answer"));
    }
    return response;
  }

  std::deque<Answer> answers;
  std::vector<Seen> seen;
  std::function<void()> before_answer;

 private:
  static ErrorInfo broken(const std::string& reason) {
    return {.kind = ErrorKind::unavailable, .retryable = true, .reason = reason};
  }

  Answer take(const http::Request& request) {
    std::string body;
    for (const auto& span : request.body) {
      body.append(reinterpret_cast<const char*>(span.data()), span.size());
    }
    seen.push_back(
        {request.method,
         request.url,
         request.headers,
         body,
         request.timeouts,
         request.fresh_connection});
    Answer answer = answers.at(0);
    if (answers.size() > 1) {
      answers.pop_front();
    }
    return answer;
  }
};

inline std::string error_xml(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>words</Message>" + more +
         "<RequestId>ID1</RequestId></Error>";
}

}  // namespace s3reel::test
