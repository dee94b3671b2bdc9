// Where things are: locations and endpoints as users write them, keys as listings encode them.

#include "io/location.h"

#include "fuzz/target.h"
#include "http/redact.h"
#include "http/url.h"
#include "s3/endpoint.h"
#include "s3/uri.h"
#include "s3reel/error.h"

namespace s3reel::fuzz {
namespace {

template <class Read>
void expect_usage_error(Read read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::usage, "what the user wrote is the user's error");
  }
}

void check_encoding(const std::string& text) {
  for (const auto slash : {s3::Slash::keep, s3::Slash::encode}) {
    const auto encoded = s3::uri_encode(text, slash);
    require(s3::uri_decode(encoded) == text, "a key is decoded as it was encoded");
    require(encoded.find_first_of("?#+ \r\n") == std::string::npos, "an encoded key is a path");
  }
  require(s3::uri_decode(text).size() <= text.size(), "decoding adds nothing");
}

void check_endpoint(const std::string& text, s3reel::Addressing addressing) {
  const s3::Endpoint endpoint(text, addressing);
  const auto address = endpoint.resolve({.bucket = "bucket", .key = "a key"}, "us-east-1");
  require(
      address.origin == "http://" + address.host || address.origin == "https://" + address.host,
      "an origin is scheme and host");
  require(!address.host.empty(), "there is a host");
  require(address.host.find_first_of("/?#@ ") == std::string::npos, "a host is a host only");
  require(address.path.starts_with('/'), "a path begins at the root");
  require(address.path.ends_with("/a%20key"), "a path ends with the key");
}

void check_redaction(const std::string& text) {
  const std::string secret = "5ECRE7";
  if (text.find(secret) != std::string::npos || text.find('?') != std::string::npos) {
    return;  // the secret is public, or no parameter begins where it should
  }
  const auto shown = http::redact_url("http://host/" + text + "?X-Amz-Signature=" + secret);
  require(shown.find(secret) == std::string::npos, "a signature is not shown");
}

void check_web(const std::string& text) {
  const s3::ObjectName name = s3::parse_web_url("https://" + text);
  require(name.bucket.find_first_of("/?#@ ") == std::string::npos, "a host is a host only");
  require(name.url().find('?') == std::string::npos, "a query is not shown");
}

void check_redirect(const std::string& text) {
  if (const auto to = http::resolve_reference("https://host/a/b?c", text)) {
    static_cast<void>(s3::parse_web_url(*to));  // a redirect stays on the web
  }
}

}  // namespace

void examine(const Bytes& input) {
  Input rest(input);
  const auto addressing = static_cast<s3reel::Addressing>(rest.byte() % 3);
  const std::string text = rest.text();
  check_encoding(text);
  check_redaction(text);
  expect_usage_error([&] { static_cast<void>(io::parse_location(text)); });
  expect_usage_error([&] { check_web(text); });
  check_redirect(text);
  expect_usage_error([&] { check_endpoint(text, addressing); });
  expect_usage_error(
      [&] { require(s3::parse_s3_url(text).url() == text, "bucket and key are raw text"); });
  expect_usage_error([&] { static_cast<void>(s3::parse_s3_prefix(text)); });
  const auto extension = io::location_extension(text);
  require(
      extension.find_first_of("/.") == std::string::npos, "an extension is behind the last dot");
}

}  // namespace s3reel::fuzz
