#include "s3/make_client.h"

#include "http/curl_client.h"
#include "s3/retry.h"
#include "s3/store_client.h"
#include "s3/web_client.h"

namespace s3reel::s3 {

namespace {

std::unique_ptr<http::Client> make_http(const StoreSettings& settings) {
  return std::make_unique<http::CurlClient>(http::CurlOptions{.ca_bundle = settings.ca_bundle});
}

}  // namespace

std::unique_ptr<Client> make_client(
    const StoreSettings& settings, const base::Log& log, base::Clock& clock) {
  return std::make_unique<StoreClient>(settings, make_http(settings), log, clock, system_random());
}

std::unique_ptr<RangeClient> make_web_client(
    const StoreSettings& settings, const base::Log& log, base::Clock& clock) {
  return std::make_unique<WebClient>(
      settings.retry, make_http(settings), log, clock, system_random());
}

}  // namespace s3reel::s3
