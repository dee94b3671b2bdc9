#include "cli/store_options.h"

#include <limits>

#include <fmt/format.h>

namespace s3reel::cli {
namespace {

const char* const kGroup = "Stores";
const char* const kAdvanced = "Advanced";

OptionSpec endpoint_option(
    const StoreSelector& stores, const std::string& name, const std::string& help) {
  return OptionSpec{
      .names = {name},
      .placeholder = "URL",
      .group = kGroup,
      .help = help,
      .apply = [stores](Invocation& invocation, const Given& given) {
        for (auto* store : stores(invocation)) {
          store->endpoint_url = parse_endpoint(given);
        }
      }};
}

OptionSpec region_option(
    const StoreSelector& stores, const std::string& name, const std::string& help) {
  return OptionSpec{
      .names = {name},
      .placeholder = "REGION",
      .group = kGroup,
      .help = help,
      .apply = [stores](Invocation& invocation, const Given& given) {
        for (auto* store : stores(invocation)) {
          store->region = parse_text(given);
        }
      }};
}

OptionSpec retry_limit(
    const StoreSelector& stores,
    const std::string& name,
    const std::string& placeholder,
    const std::string& help,
    int RetrySettings::*member) {
  return OptionSpec{
      .names = {name},
      .placeholder = placeholder,
      .group = kAdvanced,
      .help = fmt::format("{} (default {})", help, RetrySettings{}.*member),
      .apply = [stores, member](Invocation& invocation, const Given& given) {
        const auto value =
            static_cast<int>(parse_integer(given, Range{1, std::numeric_limits<int>::max()}));
        for (auto* store : stores(invocation)) {
          store->retry.*member = value;
        }
      }};
}

}  // namespace

std::vector<OptionSpec> store_options(const StoreSelector& stores, const std::string& whose) {
  const auto addressing = [stores](Invocation& invocation, const Given& given) {
    constexpr Addressing kValues[] = {
        Addressing::automatic, Addressing::path, Addressing::virtual_hosted};
    const auto choice = kValues[parse_choice(given, {"auto", "path", "virtual"})];
    for (auto* store : stores(invocation)) {
      store->addressing = choice;
    }
  };
  return {
      endpoint_option(
          stores,
          "--endpoint-url",
          "address of " + whose + ", when it is not AWS; else AWS_ENDPOINT_URL_S3"),
      region_option(stores, "--region", "region of " + whose + "; else AWS_REGION"),
      OptionSpec{
          .names = {"--addressing"},
          .placeholder = "STYLE",
          .group = kGroup,
          .help = "bucket in the path or in the host name: auto, path or virtual (default auto: "
                  "path for IP addresses, localhost and bucket names with dots)",
          .apply = addressing}};
}

OptionSpec ca_bundle_option(const StoreSelector& stores) {
  return OptionSpec{
      .names = {"--ca-bundle"},
      .placeholder = "FILE",
      .group = kGroup,
      .help = "PEM file of the certificates to trust (default AWS_CA_BUNDLE, else the system's)",
      .apply = [stores](Invocation& invocation, const Given& given) {
        for (auto* store : stores(invocation)) {
          store->ca_bundle = parse_text(given);
        }
      }};
}

std::vector<OptionSpec> one_side_options(
    const StoreSelector& store, const std::string& prefix, const std::string& whose) {
  return {
      endpoint_option(
          store,
          "--" + prefix + "-endpoint-url",
          "the same for " + whose + " alone; stronger than --endpoint-url"),
      region_option(
          store,
          "--" + prefix + "-region",
          "the same for " + whose + " alone; stronger than --region")};
}

std::vector<OptionSpec> retry_options(const StoreSelector& stores) {
  return {
      retry_limit(
          stores,
          "--retry-attempts",
          "N",
          "tries of one request in all, the first included",
          &RetrySettings::attempts),
      retry_limit(
          stores,
          "--retry-deadline-ms",
          "MS",
          "no request is retried for longer than this",
          &RetrySettings::deadline_ms),
      retry_limit(
          stores,
          "--connect-timeout-ms",
          "MS",
          "limit for setting up a connection",
          &RetrySettings::connect_timeout_ms),
      retry_limit(
          stores,
          "--stall-timeout-ms",
          "MS",
          "a connection without progress for this long is given up and the request tried again",
          &RetrySettings::stall_timeout_ms)};
}

}  // namespace s3reel::cli
