#include "s3/web_route.h"

#include <utility>

#include <fmt/format.h>

#include "http/url.h"
#include "s3/sender.h"
#include "s3/xml.h"

namespace s3reel::s3 {
namespace {

constexpr int kMostRedirects = 5;
constexpr std::size_t kLongestMessage = 300;

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

/// In words for somebody who has an address and no keys.
void explain(ErrorInfo& info, const http::Response& answer) {
  info.operation = "http.GET";
  if (answer.status == 404 || answer.status == 410) {
    info.reason = "there is nothing at this address";
    info.hint = "check it, letter case included";
  } else if (is_refusal(answer.status)) {
    auto fields = parse_error(answer.body).value_or(std::map<std::string, std::string>{});
    const std::string& message = fields["Message"];
    info.reason = message.empty() ? fmt::format("the server answered {}", answer.status)
                                  : message.substr(0, kLongestMessage);
    info.hint = "a presigned URL may have expired, or be signed for another method than GET";
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
  }
  return verdict;
}

bool WebRoute::follow(
    const Call& call, const http::Response& answer, Corrections& done, ErrorInfo& info) {
  const std::string& from = done.place;
  const auto location = http::find_header(answer.headers, "location").value_or("");
  const auto to = http::resolve_reference(from, location);
  info.hint = "name the address it leads to";
  if (location.empty() || !to) {
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
  const std::scoped_lock lock(mutex_);
  const auto known = led_to_.find(given);
  if (known != led_to_.end() && known->second == done.place) {
    led_to_.erase(known);
  }
  return true;
}

std::string WebRoute::place_of(const ObjectName& object) {
  std::string given = whole_url(object);
  const std::scoped_lock lock(mutex_);
  const auto known = led_to_.find(given);
  return known == led_to_.end() ? given : known->second;
}

}  // namespace s3reel::s3
