#include "http/redact.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace s3reel::http {
namespace {

constexpr std::string_view kRedacted = "REDACTED";
constexpr std::array<std::string_view, 3> kSecretParameters = {
    "x-amz-signature", "x-amz-security-token", "x-amz-credential"};

bool is_secret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::find(kSecretParameters.begin(), kSecretParameters.end(), lower) !=
         kSecretParameters.end();
}

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
  return address.substr(0, host) + std::string(kRedacted) + address.substr(at);
}

}  // namespace

std::string redact_url(const std::string& url) {
  const auto question = url.find('?');
  std::string shown = without_user(url.substr(0, question));
  if (question == std::string::npos) {
    return shown;
  }
  std::string_view query = std::string_view(url).substr(question + 1);
  char separator = '?';
  while (true) {
    const auto end = query.find('&');
    const auto parameter = query.substr(0, end);
    const auto name = parameter.substr(0, parameter.find('='));
    shown += separator;
    if (is_secret(name)) {
      shown.append(name).append("=").append(kRedacted);
    } else {
      shown.append(parameter);
    }
    if (end == std::string_view::npos) {
      return shown;
    }
    query.remove_prefix(end + 1);
    separator = '&';
  }
}

}  // namespace s3reel::http
