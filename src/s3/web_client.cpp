#include "s3/web_client.h"

#include <utility>

#include "s3/ranged_get.h"
#include "s3/web_route.h"

namespace s3reel::s3 {

WebClient::WebClient(
    const RetrySettings& retry,
    std::unique_ptr<http::Client> http,
    const base::Log& log,
    base::Clock& clock,
    Random random)
    : http_(std::move(http)),
      sender_(
          std::make_unique<WebRoute>(log, clock), retry, *http_, log, clock, std::move(random)) {}

RangeAnswer WebClient::get_range(const GetRange& request, std::stop_token stop) {
  constexpr ReadRules kRules{
      .operation = "GET", .service = "http", .server = "the server", .by_last_modified = true};
  return RangedGet(request, sender_, kRules).run(stop);
}

}  // namespace s3reel::s3
