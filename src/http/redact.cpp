#include "http/redact.h"

namespace s3reel::http {
namespace {

constexpr char kRedacted[] = "REDACTED";

std::string without_user(const std::string& address) {
  const auto scheme = address.find("://");
  if (scheme == std::string::npos) {
    return address;
  }
  const auto host = scheme + 3;
  const auto host_end = address.find('/', host);
  const auto at = address.substr(0, host_end).rfind('@');
  if (at == std::string::npos || at < host) {
    return address;
  }
  return address.substr(0, host) + kRedacted + address.substr(at);
}

}  // namespace

std::string redact_url(const std::string& url) {
  const auto question = url.find('?');
  const std::string shown = without_user(url.substr(0, question));
  return question == std::string::npos ? shown : shown + "?" + kRedacted;
}

}  // namespace s3reel::http
