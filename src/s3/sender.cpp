#include "s3/sender.h"

#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

using std::chrono::milliseconds;

const Credentials& credentials_of(const StoreSettings& settings) {
  if (!settings.credentials || !settings.region) {
    throw Error(ErrorInfo{
        .operation = "s3", .reason = "the store's settings were not completed before use"});
  }
  return *settings.credentials;
}

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

/// What was put right once in a call and must not be tried twice.
struct Sender::Corrections {
  bool clock = false;
  bool region = false;
};

Sender::Sender(
    const StoreSettings& settings,
    http::Client& http,
    base::Log log,
    base::Clock& clock,
    Random random)
    : settings_(settings),
      endpoint_(settings.endpoint_url, settings.addressing),
      http_(http),
      log_(std::move(log)),
      clock_(clock),
      signer_(credentials_of(settings)),
      retrier_(settings.retry, clock, std::move(random)) {}

http::Response Sender::send(Call& call, const std::stop_token& stop) {
  const Digest body_hash = sha256(call.body);
  Corrections done;
  http::Response answer;
  retrier_.run(
      [&](Attempt& current) { answer = attempt(call, body_hash, current, done, stop); }, stop);
  return answer;
}

http::Response Sender::attempt(
    Call& call,
    const Digest& body_hash,
    Attempt& attempt,
    Corrections& done,
    const std::stop_token& stop) {
  if (call.prepare) {
    call.prepare(call);
  }
  http::Request request = signed_request(call, body_hash, attempt);
  request.on_head = [&](int status, const http::Headers& headers) {
    attempt.answered = true;
    if (call.on_head) {
      call.on_head(status, headers);
    }
  };
  count(call.operation);
  const auto begin = clock_.now();
  const auto log_end = [&](const std::string& outcome) {
    const auto spent = std::chrono::duration_cast<milliseconds>(clock_.now() - begin);
    log_.debug(fmt::format(
        "s3.{} {}: {} in {} ms (attempt {})",
        call.operation,
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
    const bool connected = dynamic_cast<const http::NotConnected*>(&error) == nullptr;
    if (connected && call.on_lost_answer) {
      call.on_lost_answer();
    }
    ErrorInfo info = error.info();
    info.operation = "s3." + call.operation;
    info.subject = subject_of(call) + " at " +
                   endpoint_.resolve(call.object, region_of(call.object.bucket)).origin;
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
    const Call& call, const http::Response& answer, Attempt& attempt, Corrections& done) {
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

http::Request Sender::signed_request(
    const Call& call, const Digest& body_hash, const Attempt& attempt) {
  require_plain(call.headers);
  const std::string region = region_of(call.object.bucket);
  const Address address = endpoint_.resolve(call.object, region);
  const auto time = clock_.wall() + std::chrono::seconds(clock_offset_seconds_.load());
  SigningRequest signing{
      .method = call.method,
      .path = address.path,
      .query = call.query,
      .headers = call.headers,
      .payload_hash = to_hex(body_hash)};
  signing.headers.emplace_back("Host", address.host);
  const auto signature = sign_headers(signing, signer_.key(time, region), time, SigningRules{});
  const std::string query = encode_query(call.query);
  http::Request request{
      .method = call.method,
      .url = address.origin + address.path + (query.empty() ? "" : "?" + query),
      .headers = call.headers,
      .body = call.body,
      .on_body = call.on_body,
      .timeouts =
          {.connect = clock_.on_machine(attempt.connect_timeout),
           .stall = clock_.on_machine(call.stall),
           .stall_bytes_per_second = call.stall_bytes_per_second},
      .fresh_connection = attempt.fresh_connection || call.fresh_connection};
  request.headers.insert(request.headers.end(), signature.added.begin(), signature.added.end());
  return request;
}

void Sender::refuse(
    const Call& call, const http::Response& answer, Attempt& attempt, Corrections& done) {
  const bool conditional = http::find_header(call.headers, "If-None-Match").has_value();
  const auto refusal = classify_answer(
      Asked{.operation = call.operation, .subject = subject_of(call), .conditional = conditional},
      answer,
      clock_.wall());
  if (refusal.clock_skew && !std::exchange(done.clock, true)) {
    clock_offset_seconds_ = refusal.clock_skew->count();
    attempt.corrected = true;
    log_.warn(fmt::format(
        "this machine's clock is {} s off the store's; requests are signed with the store's time",
        -refusal.clock_skew->count()));
  } else if (refusal.region && !std::exchange(done.region, true)) {
    {
      const std::scoped_lock lock(mutex_);
      regions_[call.object.bucket] = *refusal.region;
    }
    attempt.corrected = true;
    log_.debug("bucket " + call.object.bucket + " is in region " + *refusal.region);
  }
  attempt.pace = refusal.throttled ? Attempt::Pace::throttled : Attempt::Pace::normal;
  attempt.retry_after = refusal.retry_after;
  throw Error(refusal.info);
}

void Sender::count(const std::string& operation) {
  const std::scoped_lock lock(mutex_);
  ++requests_[operation];
}

std::string Sender::region_of(const std::string& bucket) {
  const std::scoped_lock lock(mutex_);
  const auto known = regions_.find(bucket);
  return known == regions_.end() ? *settings_.region : known->second;
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
