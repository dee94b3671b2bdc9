#include "s3/web_route.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "http/url.h"
#include "s3/answer_error.h"
#include "s3/sender.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

constexpr int kMostRedirects = 5;

/// The address that was given; unlike url() with its query.
std::string whole_url(const ObjectName& object) {
  return object.scheme + "://" + object.bucket + "/" + object.key;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_refusal(int status) {
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 410;
}

/// What an S3 store says of it: "Request has expired". Of a page that repeats its address, query
/// included, nothing.
std::string message_of(const http::Response& answer) {
  const auto fields = parse_error(answer.body).value_or(std::map<std::string, std::string>{});
  const auto found = fields.find("Message");
  const bool told = found != fields.end() && found->second.find_first_of("?=") == std::string::npos;
  return told ? found->second.substr(0, kLongestMessage) : "";
}

/// In words for somebody who has an address and no keys.
void explain(ErrorInfo& info, const http::Response& answer) {
  info.operation = "http.GET";
  info.reason = message_of(answer);
  if (info.reason.empty()) {
    info.reason = fmt::format("the server answered {}", answer.status);
  }
  if (answer.status == 404 || answer.status == 410) {
    info.reason = "there is nothing at this address";
    info.hint = "check it, letter case included";
  } else if (is_refusal(answer.status)) {
    info.hint = "a presigned URL may have expired, or be signed for another method than GET";
  } else if (is_redirect(answer.status)) {
    info.hint = "a presigned URL must be signed for the region and endpoint of its bucket";
  }
}

}  // namespace

WebRoute::WebRoute(base::Log log, base::Clock& clock) : log_(std::move(log)), clock_(clock) {}

Route::Target WebRoute::target(const Call& call, const Digest& body_hash, Corrections& done) {
  static_cast<void>(body_hash);
  done.place = place_of(call.object);
  return {.url = done.place, .headers = {}};
}

std::string WebRoute::origin(const Call& call) {
  const ObjectName place = parse_web_url(place_of(call.object));
  return place.scheme + "://" + place.bucket;
}

Route::Verdict WebRoute::judge(const Call& call, const http::Response& answer, Corrections& done) {
  Verdict verdict{
      .refusal = classify_answer(
          Asked{.operation = call.operation, .subject = subject_of(call)}, answer, clock_.wall())};
  ErrorInfo& info = verdict.refusal.info;
  explain(info, answer);
  if (is_redirect(answer.status)) {
    verdict.corrected = follow(call, answer, done, info);
  } else if (is_refusal(answer.status)) {
    verdict.corrected = return_to_the_start(call.object, done);
  } else if (answer.status >= 500) {
    lost(call, done);
  }
  return verdict;
}

/// What a redirect led to may be gone for good, and another one lead elsewhere.
void WebRoute::lost(const Call& call, const Corrections& done) {
  forget(whole_url(call.object), done.place);
}

bool WebRoute::follow(
    const Call& call, const http::Response& answer, Corrections& done, ErrorInfo& info) {
  const std::string& from = done.place;
  const auto location = http::find_header(answer.headers, "location").value_or("");
  if (location.empty()) {
    return false;
  }
  const auto to = http::resolve_reference(from, location);
  info.hint = "name the address it leads to";
  if (!to) {
    info.reason = "it leads to no web address";
    return false;
  }
  if (from.starts_with("https://") && !to->starts_with("https://")) {
    info.reason = "it leads away from https://, where anybody could change what is read";
    return false;
  }
  if (++done.redirects > kMostRedirects) {
    info.reason = fmt::format("it leads on after {} redirects", kMostRedirects);
    return false;
  }
  log_.debug(fmt::format("{} leads to {}", call.object.url(), parse_web_url(*to).url()));
  const std::scoped_lock lock(mutex_);
  led_to_[whole_url(call.object)] = *to;
  return true;
}

bool WebRoute::return_to_the_start(const ObjectName& object, Corrections& done) {
  const std::string given = whole_url(object);
  if (done.place == given || std::exchange(done.returned, true)) {
    return false;
  }
  done.redirects = 0;
  forget(given, done.place);
  return true;
}

/// Unless another call has been led elsewhere since.
void WebRoute::forget(const std::string& given, const std::string& place) {
  const std::scoped_lock lock(mutex_);
  const auto known = led_to_.find(given);
  if (known != led_to_.end() && known->second == place) {
    led_to_.erase(known);
  }
}

std::string WebRoute::place_of(const ObjectName& object) {
  std::string given = whole_url(object);
  const std::scoped_lock lock(mutex_);
  const auto known = led_to_.find(given);
  return known == led_to_.end() ? given : known->second;
}

}  // namespace s3reel::s3
