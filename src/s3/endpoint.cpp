#include "s3/endpoint.h"

#include <algorithm>
#include <string_view>

#include "s3/uri.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

/// What may be shown of a text that is no endpoint: before an '@' may stand a password, and a query
/// may hold a signature.
std::string without_secrets(const std::string& url) {
  return url.find('@') == std::string::npos ? url.substr(0, url.find_first_of("?#")) : "...";
}

[[noreturn]] void refuse(const std::string& url, const char* reason) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "endpoint",
      .subject = "'" + without_secrets(url) + "'",
      .reason = reason,
      .hint = "write it as http://host:port or https://host"});
}

/// DNS suffix of a region's partition (botocore, partitions.json).
std::string_view partition_suffix(const std::string& region) {
  if (region.starts_with("cn-")) {
    return "amazonaws.com.cn";
  }
  if (region.starts_with("us-iso-")) {
    return "c2s.ic.gov";
  }
  if (region.starts_with("us-isob-")) {
    return "sc2s.sgov.gov";
  }
  if (region.starts_with("eusc-")) {
    return "amazonaws.eu";
  }
  return "amazonaws.com";  // us-gov- regions too
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    return host.substr(0, host.find(']') + 1);
  }
  return host.substr(0, host.rfind(':'));
}

bool is_address(std::string_view host) {
  return host.starts_with('[') || std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '.';
         });
}

/// A bucket that is one lower-case DNS label.
bool is_label(const std::string& bucket) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 63;
  return bucket.size() >= kShortest && bucket.size() <= kLongest && bucket.front() != '-' &&
         bucket.back() != '-' && std::all_of(bucket.begin(), bucket.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

Endpoint::Endpoint(const std::optional<std::string>& endpoint_url, Addressing addressing)
    : addressing_(addressing) {
  if (!endpoint_url) {
    return;
  }
  const std::string& url = *endpoint_url;
  const auto separator = url.find("://");
  scheme_ = url.substr(0, separator);
  if (separator == std::string::npos || (scheme_ != "http" && scheme_ != "https")) {
    refuse(url, "it does not begin with http:// or https://");
  }
  const auto host_begin = separator + 3;
  const auto host_end = std::min(url.find('/', host_begin), url.size());
  host_ = url.substr(host_begin, host_end - host_begin);
  prefix_ = url.substr(host_end);
  while (prefix_.ends_with('/')) {
    prefix_.pop_back();
  }
  if (host_.find('@') != std::string::npos) {
    refuse(url, "it holds a user name or password");
  }
  if (without_port(host_).empty() || host_.find_first_of("?# ") != std::string::npos ||
      prefix_.find_first_of("?#") != std::string::npos) {
    refuse(url, "it names no host, or more than a host and a path");
  }
  const std::string own_port = scheme_ == "https" ? ":443" : ":80";
  if (host_.ends_with(own_port)) {
    host_.resize(host_.size() - own_port.size());  // left out of the Host header, so of signatures
  }
}

bool Endpoint::virtual_hosted(const std::string& host, const std::string& bucket) const {
  switch (addressing_) {
    case Addressing::path:
      return false;
    case Addressing::virtual_hosted:
      return true;
    case Addressing::automatic:
      break;
  }
  const auto name = without_port(host);
  return is_label(bucket) && !is_address(name) && name.find('.') != std::string_view::npos;
}

Address Endpoint::resolve(const ObjectName& object, const std::string& region) const {
  std::string host = host_;
  if (is_aws()) {
    host = "s3." + region + "." + std::string(partition_suffix(region));
  }
  const std::string key = uri_encode(object.key, Slash::keep);
  std::string path = prefix_ + "/" + key;
  if (virtual_hosted(host, object.bucket)) {
    host = object.bucket + "." + host;
  } else {
    path = prefix_ + "/" + uri_encode(object.bucket, Slash::encode) + "/" + key;
  }
  return Address{.origin = scheme_ + "://" + host, .host = host, .path = path};
}

}  // namespace s3reel::s3
