#include "s3/settings.h"

#include <initializer_list>
#include <utility>

#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

constexpr char kDefaultRegion[] = "us-east-1";

/// The first of `names` that is set to something, without white space around it: a key pasted with
/// its line end signs nothing.
std::optional<std::string> first_of(
    const Environment& environment, std::initializer_list<const char*> names) {
  constexpr char kBlank[] = " \t\r\n";
  for (const char* name : names) {
    const auto value = environment(name).value_or("");
    const auto begin = value.find_first_not_of(kBlank);
    if (begin != std::string::npos) {
      return value.substr(begin, value.find_last_not_of(kBlank) - begin + 1);
    }
  }
  return std::nullopt;
}

Credentials credentials_from(const Environment& environment) {
  const auto id = first_of(environment, {"AWS_ACCESS_KEY_ID"});
  const auto secret = first_of(environment, {"AWS_SECRET_ACCESS_KEY"});
  if (!id || !secret) {
    const char* missing = id ? "AWS_SECRET_ACCESS_KEY is not set"
                             : (secret ? "AWS_ACCESS_KEY_ID is not set" : "no keys were given");
    throw Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "credentials",
        .reason = missing,
        .hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for "
                "temporary keys) in the environment"});
  }
  return Credentials{
      .access_key_id = *id,
      .secret_access_key = *secret,
      .session_token = first_of(environment, {"AWS_SESSION_TOKEN"}).value_or("")};
}

}  // namespace

StoreSettings complete_settings(StoreSettings settings, const Environment& environment) {
  if (!settings.credentials) {
    settings.credentials = credentials_from(environment);
  }
  return complete_address(std::move(settings), environment);
}

StoreSettings complete_address(StoreSettings settings, const Environment& environment) {
  if (!settings.region) {
    settings.region = first_of(environment, {"AWS_REGION", "AWS_DEFAULT_REGION", "REGION_NAME"})
                          .value_or(kDefaultRegion);
  }
  if (!settings.endpoint_url) {
    settings.endpoint_url = first_of(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  }
  if (!settings.ca_bundle) {
    settings.ca_bundle = first_of(environment, {"AWS_CA_BUNDLE"});
  }
  return settings;
}

}  // namespace s3reel::s3
