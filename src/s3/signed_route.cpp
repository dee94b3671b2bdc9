#include "s3/signed_route.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "s3/sender.h"

namespace s3reel::s3 {
namespace {

const Credentials& credentials_of(const StoreSettings& settings) {
  if (!settings.credentials || !settings.region) {
    throw Error(ErrorInfo{
        .operation = "s3", .reason = "the store's settings were not completed before use"});
  }
  return *settings.credentials;
}

}  // namespace

SignedRoute::SignedRoute(const StoreSettings& settings, base::Log log, base::Clock& clock)
    : settings_(settings),
      endpoint_(settings.endpoint_url, settings.addressing),
      log_(std::move(log)),
      clock_(clock),
      signer_(credentials_of(settings)) {}

Route::Target SignedRoute::target(const Call& call, const Digest& body_hash, Corrections& done) {
  static_cast<void>(done);
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
  auto signature = sign_headers(signing, signer_.key(time, region), time, SigningRules{});
  const std::string query = encode_query(call.query);
  return {
      .url = address.origin + address.path + (query.empty() ? "" : "?" + query),
      .headers = std::move(signature.added)};
}

std::string SignedRoute::origin(const Call& call) {
  return endpoint_.resolve(call.object, region_of(call.object.bucket)).origin;
}

Route::Verdict SignedRoute::judge(
    const Call& call, const http::Response& answer, Corrections& done) {
  const bool conditional = http::find_header(call.headers, "If-None-Match").has_value();
  Verdict verdict{
      .refusal = classify_answer(
          Asked{
              .operation = call.operation, .subject = subject_of(call), .conditional = conditional},
          answer,
          clock_.wall())};
  const Refusal& refusal = verdict.refusal;
  if (refusal.clock_skew && !std::exchange(done.clock, true)) {
    clock_offset_seconds_ = refusal.clock_skew->count();
    verdict.corrected = true;
    log_.warn(fmt::format(
        "this machine's clock is {} s off the store's; requests are signed with the store's time",
        -refusal.clock_skew->count()));
  } else if (refusal.region && !std::exchange(done.region, true)) {
    {
      const std::scoped_lock lock(mutex_);
      regions_[call.object.bucket] = *refusal.region;
    }
    verdict.corrected = true;
    log_.debug("bucket " + call.object.bucket + " is in region " + *refusal.region);
  }
  return verdict;
}

std::string SignedRoute::region_of(const std::string& bucket) {
  const std::scoped_lock lock(mutex_);
  const auto known = regions_.find(bucket);
  return known == regions_.end() ? *settings_.region : known->second;
}

}  // namespace s3reel::s3
