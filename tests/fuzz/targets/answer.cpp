// The head of an answer line by line, its headers' values, and what a refusal is taken for.
//
// Chunk lengths are libcurl's: what is parsed here are Content-Length and Content-Range.

#include <cctype>
#include <chrono>

#include <fmt/format.h>

#include "fuzz/target.h"
#include "http/answer_head.h"
#include "s3/answer_error.h"
#include "s3/header_values.h"
#include "s3/wall_time.h"

namespace s3reel::fuzz {
namespace {

constexpr base::Clock::Wall kNow{std::chrono::seconds(1'700'000'000)};

void check_head(const http::Response& answer, std::size_t bytes_read) {
  require(answer.status >= 0 && answer.status <= 999, "a status has three digits");
  std::size_t bytes = 0;
  for (const auto& [name, value] : answer.headers) {
    bytes += name.size() + value.size();
    require((name + value).find_first_of("\n") == std::string::npos, "a header is one line");
    const std::string edges{
        value.empty() ? '-' : value.front(), value.empty() ? '-' : value.back()};
    require(edges.find_first_of(" \t\r") == std::string::npos, "values have no blanks around them");
    require(http::find_header(answer.headers, name).has_value(), "every header is found");
  }
  require(bytes <= bytes_read, "headers hold no more bytes than came");
}

void check_numbers(const std::string& text) {
  if (const auto range = s3::parse_content_range(text)) {
    const auto [begin, end] = range->range;
    require(begin < end && end <= range->size, "a range lies inside its object");
    const auto written = fmt::format("bytes {}-{}/{}", begin, end - 1, range->size);
    const auto again = s3::parse_content_range(written);
    require(
        again && again->range.begin == begin && again->range.end == end &&
            again->size == range->size,
        "a range is read as it is written");
  }
  if (const auto length = s3::parse_length(text)) {
    const auto written = std::to_string(*length);
    require(text.ends_with(written), "a length is read as it is written");
    const auto in_front = text.substr(0, text.size() - written.size());
    require(in_front.find_first_not_of('0') == std::string::npos, "a length is digits only");
  }
}

/// A leap second is the only one that is written otherwise than it was read.
void check_times(const std::string& text) {
  if (const auto time = s3::parse_utc(text); time && text.substr(17, 2) != "60") {
    require(s3::utc_text(*time) == text.substr(0, 19) + "Z", "a time is read as it is written");
  }
  if (const auto time = s3::parse_http_date(text); time && text.substr(23, 2) != "60") {
    const auto utc = s3::utc_text(*time);
    require(utc.substr(0, 4) == text.substr(12, 4), "a date keeps its year");
    require(utc.substr(8, 2) == text.substr(5, 2), "a date keeps its day");
    require(utc.substr(11, 8) == text.substr(17, 8), "a date keeps its time of day");
  }
}

void check_refusal(const http::Response& answer) {
  constexpr std::chrono::hours kDay{24};
  constexpr std::size_t kLongestWords = 300;
  const auto refusal =
      s3::classify_answer({.operation = "GetObject", .subject = "s3://b/k"}, answer, kNow);
  require(refusal.info.http_status == answer.status, "a refusal has the answer's status");
  require(refusal.info.retryable || !refusal.throttled, "a throttled request is tried again");
  require(refusal.info.reason.size() <= kLongestWords, "a reason is no longer than promised");
  if (refusal.retry_after) {
    require(
        *refusal.retry_after >= std::chrono::milliseconds(0) && *refusal.retry_after <= kDay,
        "a wait is within a day");
  }
  if (refusal.region) {
    const auto plain = [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_';
    };
    require(
        std::all_of(refusal.region->begin(), refusal.region->end(), plain),
        "a region can stand in a host name");
  }
}

}  // namespace

void examine(const Bytes& input) {
  Input rest(input);
  http::Response answer;
  std::size_t bytes_read = 0;
  auto state = http::HeadLine::more;
  while (state == http::HeadLine::more && !rest.empty()) {
    const std::string line = rest.line() + "\n";
    bytes_read += line.size();
    state = http::take_head_line(answer, line);
  }
  check_head(answer, bytes_read);
  for (const auto& [name, value] : answer.headers) {
    check_numbers(value);
    check_times(value);
  }
  answer.body = rest.text();
  check_refusal(answer);
}

}  // namespace s3reel::fuzz
