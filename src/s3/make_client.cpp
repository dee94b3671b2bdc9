#include "s3/make_client.h"

#include <utility>

#include "http/curl_client.h"
#include "s3/retry.h"
#include "s3/store_client.h"

namespace s3reel::s3 {

std::unique_ptr<Client> make_client(
    const StoreSettings& settings, base::Log log, base::Clock& clock) {
  auto http =
      std::make_unique<http::CurlClient>(http::CurlOptions{.ca_bundle = settings.ca_bundle});
  return std::make_unique<StoreClient>(
      settings, std::move(http), std::move(log), clock, system_random());
}

}  // namespace s3reel::s3
