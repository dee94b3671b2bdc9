#include "s3/answer_error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "s3/wall_time.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

constexpr std::chrono::minutes kTolerableSkew{15};  // S3's own limit

constexpr std::array<std::string_view, 12> kThrottled = {
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequests",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "ServiceUnavailable",
    "LimitExceededException"};

constexpr std::array<std::string_view, 5> kTransient = {
    "InternalError",
    "RequestTimeout",
    "RequestTimeoutException",
    "PriorRequestNotComplete",
    "OperationAborted"};

constexpr std::array<std::string_view, 4> kWrongRegion = {
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException"};

template <class List>
bool contains(const List& list, std::string_view code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

struct Facts {
  int status;
  std::string code;
  std::string message;
  std::map<std::string, std::string> fields;
};

Facts facts_of(const http::Response& answer) {
  Facts facts{.status = answer.status, .code = {}, .message = {}, .fields = {}};
  if (auto fields = parse_error(answer.body)) {
    facts.fields = std::move(*fields);
  }
  facts.code = facts.fields["Code"];
  facts.message = facts.fields["Message"].substr(0, kLongestMessage);
  return facts;
}

bool is_throttled(const Facts& facts) {
  return contains(kThrottled, facts.code) || facts.status == 503 || facts.status == 429;
}

bool is_transient(const Facts& facts, const Asked& asked) {
  // An existing upload may be tried again under the same condition; a Complete in conflict needs a
  // new upload (API reference, CompleteMultipartUpload).
  const bool conflict =
      facts.code == "ConditionalRequestConflict" && asked.operation != "CompleteMultipartUpload";
  return conflict || contains(kTransient, facts.code) || facts.status == 500 ||
         facts.status == 502 || facts.status == 504;
}

struct Words {
  std::string reason;
  std::string hint;
};

Words forbidden_words(const Facts& facts) {
  if (facts.code == "SignatureDoesNotMatch") {
    return {
        "the store computed another signature",
        "check AWS_SECRET_ACCESS_KEY: it does not belong "
        "to this AWS_ACCESS_KEY_ID"};
  }
  if (facts.code == "InvalidAccessKeyId") {
    return {
        "the store does not know this access key",
        "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and that the endpoint is the one they "
        "belong to"};
  }
  if (facts.code == "RequestTimeTooSkewed") {
    return {"this machine's clock is wrong", "set it by NTP"};
  }
  if (facts.code == "ExpiredToken" || facts.code == "InvalidToken" ||
      facts.code == "TokenRefreshRequired") {
    return {"the temporary keys have expired", "get new ones and start again"};
  }
  return {
      "access denied",
      "the key may not exist or the credentials may not use it: without the right to list the "
      "bucket S3 says 403 for both"};
}

Words missing_words(const Facts& facts) {
  if (facts.code == "NoSuchBucket") {
    return {"there is no such bucket", "check the bucket's name, the endpoint and the region"};
  }
  if (facts.code == "NoSuchUpload") {
    return {
        "the multipart upload is gone",
        "it was completed, aborted or removed by a lifecycle rule of the bucket"};
  }
  return {"there is no such object", "check the bucket and the key, letter case included"};
}

Words words_for(const Facts& facts, const Asked& asked) {
  Words own{
      facts.message.empty() ? fmt::format("the store answered {}", facts.status) : facts.message,
      {}};
  if (contains(kWrongRegion, facts.code) || facts.status == 301 || facts.status == 307) {
    return {
        "the bucket is in another region or behind another endpoint",
        "set AWS_REGION to the bucket's region"};
  }
  switch (facts.status) {
    case 401:
    case 403:
      return forbidden_words(facts);
    case 404:
      return missing_words(facts);
    case 412:
      return asked.conditional ? Words{"the object exists already", "choose another key"}
                               : Words{"the object changed while it was read", "start again"};
    case 409:
      return {own.reason, asked.conditional ? "someone else wrote the object" : ""};
    case 400:
      if (facts.code == "ExpiredToken" || facts.code == "InvalidToken") {
        return forbidden_words(facts);
      }
      return own;
    default:
      return own;
  }
}

std::optional<std::int64_t> parse_number(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && stop == end && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<std::chrono::milliseconds> retry_after(
    const http::Response& answer, base::Clock::Wall now) {
  using std::chrono::milliseconds;
  constexpr std::chrono::hours kLongest{24};
  if (const auto text = http::find_header(answer.headers, "x-amz-retry-after")) {
    if (const auto value = parse_number(*text)) {
      return std::min<milliseconds>(milliseconds(*value), kLongest);
    }
  }
  const auto text = http::find_header(answer.headers, "retry-after");
  if (!text) {
    return std::nullopt;
  }
  if (const auto value = parse_number(*text)) {
    return std::chrono::seconds(std::min(*value, std::chrono::seconds(kLongest).count()));
  }
  if (const auto date = parse_http_date(*text); date && *date > now) {
    return std::min<milliseconds>(std::chrono::duration_cast<milliseconds>(*date - now), kLongest);
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> clock_skew(
    const Facts& facts, const http::Response& answer, base::Clock::Wall now) {
  const auto text = http::find_header(answer.headers, "date");
  const auto date = text ? parse_http_date(*text) : std::nullopt;
  if (!date) {
    return std::nullopt;
  }
  const auto offset = std::chrono::duration_cast<std::chrono::seconds>(*date - now);
  const bool named = facts.code == "RequestTimeTooSkewed";
  // The answer to a HEAD has no body that could name the reason.
  const bool likely =
      facts.status == 403 && facts.code.empty() && std::chrono::abs(offset) > kTolerableSkew;
  return named || likely ? std::optional(offset) : std::nullopt;
}

/// What may become a part of a host name. A '/' or '@' would lead the signed request elsewhere.
bool is_plain_region(const std::string& region) {
  return !region.empty() && std::all_of(region.begin(), region.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::optional<std::string> other_region(const Facts& facts, const http::Response& answer) {
  const bool redirected = facts.status == 301 || facts.status == 307;
  const bool bare_head = facts.status == 400 && facts.code.empty();
  if (!redirected && !bare_head && !contains(kWrongRegion, facts.code)) {
    return std::nullopt;
  }
  auto region = http::find_header(answer.headers, "x-amz-bucket-region");
  if (const auto field = facts.fields.find("Region"); !region && field != facts.fields.end()) {
    region = field->second;
  }
  return region && is_plain_region(*region) ? region : std::nullopt;
}

}  // namespace

Refusal classify_answer(const Asked& asked, const http::Response& answer, base::Clock::Wall now) {
  const Facts facts = facts_of(answer);
  const Words words = words_for(facts, asked);
  Refusal refusal;
  refusal.throttled = is_throttled(facts);
  const bool retryable = refusal.throttled || is_transient(facts, asked);
  const auto id = facts.fields.find("RequestId");
  refusal.info = ErrorInfo{
      .kind = retryable || facts.status >= 500 ? ErrorKind::unavailable : ErrorKind::refused,
      .retryable = retryable,
      .operation = "s3." + asked.operation,
      .subject = asked.subject,
      .reason = words.reason,
      .hint = words.hint,
      .http_status = facts.status,
      .s3_code = facts.code,
      .request_id = http::find_header(answer.headers, "x-amz-request-id")
                        .value_or(id == facts.fields.end() ? "" : id->second)};
  refusal.retry_after = retry_after(answer, now);
  refusal.clock_skew = clock_skew(facts, answer, now);
  refusal.region = other_region(facts, answer);
  return refusal;
}

}  // namespace s3reel::s3
