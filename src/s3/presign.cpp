#include "s3/presign.h"

#include "s3/endpoint.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

constexpr std::chrono::hours kLongestExpiry{7 * 24};

void validate(const std::string& method, std::chrono::seconds expires) {
  const auto refuse = [](const char* reason, const char* hint) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage, .operation = "presign", .reason = reason, .hint = hint});
  };
  if (method != "GET" && method != "PUT") {
    refuse("the method is neither GET nor PUT", "choose one of them");
  }
  if (expires < std::chrono::seconds(1) || expires > kLongestExpiry) {
    refuse("the expiry is out of range", "choose 1 second to 7 days");
  }
}

}  // namespace

std::string presign_url(
    const StoreSettings& settings,
    const ObjectName& object,
    const std::string& method,
    std::chrono::seconds expires,
    WallTime now) {
  validate(method, expires);
  const std::string region = settings.region.value();
  const Endpoint endpoint(settings.endpoint_url, settings.addressing);
  const Address address = endpoint.resolve(object, region);
  Signer signer(settings.credentials.value());
  const SigningRequest request{
      .method = method,
      .path = address.path,
      .headers = {{"Host", address.host}},
      .payload_hash = kUnsignedPayload};
  const auto signature = sign_query(request, signer.key(now, region), now, expires, SigningRules{});
  return address.origin + address.path + "?" + signature.query;
}

}  // namespace s3reel::s3
