#include "s3/sender.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

using std::chrono::milliseconds;

/// A header value that would end the header and begin another never leaves.
void require_plain(const http::Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (value.find_first_of("\r\n") != std::string::npos) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage, .operation = name, .reason = "the value holds a line break"});
    }
  }
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

}  // namespace

std::string subject_of(const Call& call) {
  return call.detail.empty() ? call.object.url() : call.object.url() + " " + call.detail;
}

Sender::Sender(
    std::unique_ptr<Route> route,
    const RetrySettings& retry,
    http::Client& http,
    base::Log log,
    base::Clock& clock,
    Random random)
    : route_(std::move(route)),
      limits_(retry),
      http_(http),
      log_(std::move(log)),
      clock_(clock),
      retrier_(retry, clock, std::move(random)) {}

http::Response Sender::send(Call& call, const std::stop_token& stop) {
  const Digest body_hash = sha256(call.body);
  Route::Corrections done;
  http::Response answer;
  retrier_.run(
      [&](Attempt& current) { answer = attempt(call, body_hash, current, done, stop); }, stop);
  return answer;
}

http::Response Sender::attempt(
    Call& call,
    const Digest& body_hash,
    Attempt& attempt,
    Route::Corrections& done,
    const std::stop_token& stop) {
  if (call.prepare) {
    call.prepare(call);
  }
  http::Request request = request_for(call, body_hash, attempt, done);
  request.on_head = [&](int status, const http::Headers& headers) {
    attempt.answered = true;
    if (call.on_head) {
      call.on_head(status, headers);
    }
  };
  const std::string operation = fmt::format("{}.{}", route_->service(), call.operation);
  count(call.operation);
  const auto begin = clock_.now();
  const auto log_end = [&](const std::string& outcome) {
    const auto spent = std::chrono::duration_cast<milliseconds>(clock_.now() - begin);
    log_.debug(fmt::format(
        "{} {}: {} in {} ms (attempt {})",
        operation,
        subject_of(call),
        outcome,
        spent.count(),
        attempt.number));
  };
  http::Response answer;
  try {
    answer = http_.perform(request, stop);
  } catch (const Error& error) {
    const bool stalled = dynamic_cast<const http::Stalled*>(&error) != nullptr;
    attempt.answered = attempt.answered || stalled;
    attempt.progressed = call.progressed && call.progressed();
    const auto verdict = call.verdict ? call.verdict() : std::nullopt;
    if (verdict) {
      log_end(verdict->reason);
      throw Error(*verdict);
    }
    log_end(error.info().reason);
    if (error.info().kind == ErrorKind::interrupted) {
      throw;
    }
    if (call.satisfied && call.satisfied()) {
      return {};
    }
    route_->lost(call, done);
    const bool connected = dynamic_cast<const http::NotConnected*>(&error) == nullptr;
    if (connected && call.on_lost_answer) {
      call.on_lost_answer();
    }
    ErrorInfo info = error.info();
    info.operation = operation;
    info.subject = subject_of(call) + " at " + route_->origin(call);
    if (!connected) {
      throw http::NotConnected(info);
    }
    throw Error(info);
  }
  log_end(std::to_string(answer.status));
  attempt.progressed = call.progressed && call.progressed();
  check(call, answer, attempt, done);
  return answer;
}

void Sender::check(
    const Call& call, const http::Response& answer, Attempt& attempt, Route::Corrections& done) {
  try {
    if (!is_success(answer.status) || parse_error(answer.body)) {
      refuse(call, answer, attempt, done);
    }
    if (call.accept) {
      call.accept(answer);
    }
  } catch (const Error&) {
    // It may be done all the same: a proxy that did not wait for the store says 504.
    const bool open = is_success(answer.status) || answer.status >= 500;
    if (open && call.on_lost_answer) {
      call.on_lost_answer();
    }
    throw;
  }
}

http::Request Sender::request_for(
    const Call& call, const Digest& body_hash, const Attempt& attempt, Route::Corrections& done) {
  require_plain(call.headers);
  Route::Target target = route_->target(call, body_hash, done);
  http::Request request{
      .method = call.method,
      .url = std::move(target.url),
      .headers = call.headers,
      .body = call.body,
      .on_body = call.on_body,
      .timeouts =
          {.connect = clock_.on_machine(attempt.connect_timeout),
           .stall = clock_.on_machine(call.stall),
           .stall_bytes_per_second = call.stall_bytes_per_second},
      .fresh_connection = attempt.fresh_connection || call.fresh_connection};
  std::ranges::move(target.headers, std::back_inserter(request.headers));
  return request;
}

void Sender::refuse(
    const Call& call, const http::Response& answer, Attempt& attempt, Route::Corrections& done) {
  const auto [refusal, corrected] = route_->judge(call, answer, done);
  attempt.corrected = corrected;
  attempt.pace = refusal.throttled ? Attempt::Pace::throttled : Attempt::Pace::normal;
  attempt.retry_after = refusal.retry_after;
  throw Error(refusal.info);
}

void Sender::count(const std::string& operation) {
  const std::scoped_lock lock(mutex_);
  ++requests_[operation];
}

Traffic Sender::traffic() const {
  const std::scoped_lock lock(mutex_);
  return Traffic{
      .requests = requests_,
      .retries = retrier_.retries(),
      .bytes_read = bytes_read_,
      .bytes_written = bytes_written_};
}

}  // namespace s3reel::s3
