#include "s3/sigv4.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "s3/uri.h"

namespace s3reel::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t kDayLength = 8;
constexpr char kService[] = "s3";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Without white space around, and with single spaces inside.
std::string squeezed(std::string_view value) {
  std::string result;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (!space) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') {
    result.pop_back();
  }
  return result;
}

/// RFC 3986, section 5.2.4, and empty segments removed.
std::string without_dots(const std::string& path) {
  std::vector<std::string> segments;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const auto end = std::min(path.find('/', begin), path.size());
    const std::string segment = path.substr(begin, end - begin);
    begin = end + 1;
    if (segment == ".." && !segments.empty()) {
      segments.pop_back();
    }
    if (!segment.empty() && segment != "." && segment != "..") {
      segments.push_back(segment);
    }
  }
  std::string result = "/";
  for (const auto& segment : segments) {
    if (result.size() > 1) {
      result += '/';
    }
    result += segment;
  }
  if (result.size() > 1 && (path.ends_with('/') || path.ends_with("/."))) {
    result += '/';
  }
  return result;
}

std::string canonical_path(const std::string& path, const SigningRules& rules) {
  std::string result = rules.dots == SigningRules::Dots::normalised ? without_dots(path) : path;
  if (result.empty()) {
    result += '/';
  }
  return rules.path == SigningRules::Path::encode_again ? uri_encode(result, Slash::keep) : result;
}

std::string canonical_query(const Query& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(uri_encode(name, Slash::encode), uri_encode(value, Slash::encode));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string result;
  for (const auto& [name, value] : encoded) {
    result.append(result.empty() ? "" : "&").append(name).append("=").append(value);
  }
  return result;
}

struct CanonicalHeaders {
  std::string lines;
  std::string names;  ///< joined by ';'
};

CanonicalHeaders canonical_headers(const http::Headers& headers) {
  std::map<std::string, std::string> merged;
  for (const auto& [name, value] : headers) {
    const auto [entry, first] = merged.try_emplace(lower(name), squeezed(value));
    if (!first) {
      entry->second.append(",").append(squeezed(value));
    }
  }
  CanonicalHeaders result;
  for (const auto& [name, value] : merged) {
    result.lines.append(name).append(":").append(value).append("\n");
    result.names.append(result.names.empty() ? "" : ";").append(name);
  }
  return result;
}

SigningSteps sign(
    const SigningRequest& request,
    const SigningKey& key,
    const std::string& time,
    const SigningRules& rules) {
  const auto headers = canonical_headers(request.headers);
  SigningSteps steps;
  steps.canonical_request = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}",
      request.method,
      canonical_path(request.path, rules),
      canonical_query(request.query),
      headers.lines,
      headers.names,
      request.payload_hash);
  steps.string_to_sign = fmt::format(
      "{}\n{}\n{}\n{}", kAlgorithm, time, key.scope, to_hex(sha256(steps.canonical_request)));
  steps.signature = to_hex(hmac_sha256(key.key, steps.string_to_sign));
  return steps;
}

std::span<const unsigned char> bytes_of(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

}  // namespace

std::string format_amz_time(WallTime time) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

SigningKey derive_signing_key(
    const Credentials& credentials,
    const std::string& day,
    const std::string& region,
    const std::string& service) {
  const auto day_key = hmac_sha256(bytes_of("AWS4" + credentials.secret_access_key), day);
  const auto region_key = hmac_sha256(day_key, region);
  const auto service_key = hmac_sha256(region_key, service);
  return SigningKey{
      .access_key_id = credentials.access_key_id,
      .session_token = credentials.session_token,
      .scope = fmt::format("{}/{}/{}/aws4_request", day, region, service),
      .key = hmac_sha256(service_key, "aws4_request")};
}

SignedHeaders sign_headers(
    const SigningRequest& request,
    const SigningKey& key,
    WallTime time,
    const SigningRules& rules) {
  const std::string stamp = format_amz_time(time);
  SignedHeaders result;
  if (!key.session_token.empty()) {
    result.added.emplace_back("X-Amz-Security-Token", key.session_token);
  }
  result.added.emplace_back("X-Amz-Date", stamp);
  if (rules.body_hash == SigningRules::BodyHash::header) {
    result.added.emplace_back("x-amz-content-sha256", request.payload_hash);
  }
  SigningRequest whole = request;
  whole.headers.insert(whole.headers.end(), result.added.begin(), result.added.end());
  result.steps = sign(whole, key, stamp, rules);
  result.added.emplace_back(
      "Authorization",
      fmt::format(
          "{} Credential={}/{}, SignedHeaders={}, Signature={}",
          kAlgorithm,
          key.access_key_id,
          key.scope,
          canonical_headers(whole.headers).names,
          result.steps.signature));
  return result;
}

SignedQuery sign_query(
    const SigningRequest& request,
    const SigningKey& key,
    WallTime time,
    std::chrono::seconds expires,
    const SigningRules& rules) {
  const std::string stamp = format_amz_time(time);
  SigningRequest whole = request;
  whole.query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  whole.query.emplace_back("X-Amz-Credential", key.access_key_id + "/" + key.scope);
  whole.query.emplace_back("X-Amz-Date", stamp);
  whole.query.emplace_back("X-Amz-SignedHeaders", canonical_headers(request.headers).names);
  whole.query.emplace_back("X-Amz-Expires", std::to_string(expires.count()));
  if (!key.session_token.empty()) {
    whole.query.emplace_back("X-Amz-Security-Token", key.session_token);
  }
  SignedQuery result;
  result.steps = sign(whole, key, stamp, rules);
  whole.query.emplace_back("X-Amz-Signature", result.steps.signature);
  result.query = encode_query(whole.query);
  return result;
}

std::string encode_query(const Query& query) {
  std::string result;
  for (const auto& [name, value] : query) {
    result.append(result.empty() ? "" : "&").append(uri_encode(name, Slash::encode));
    result.append("=").append(uri_encode(value, Slash::encode));
  }
  return result;
}

Signer::Signer(Credentials credentials) : credentials_(std::move(credentials)) {}

SigningKey Signer::key(WallTime time, const std::string& region) {
  const std::string day = format_amz_time(time).substr(0, kDayLength);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, kService);
  const std::scoped_lock lock(mutex_);
  if (cached_.scope != scope) {
    cached_ = derive_signing_key(credentials_, day, region, kService);
  }
  return cached_;
}

}  // namespace s3reel::s3
