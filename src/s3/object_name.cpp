#include <algorithm>
#include <string>
#include <string_view>

#include "base/access_key.h"
#include "s3/client.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

/// No bucket has an '@' in its name. One with ':' names its tenant first (Ceph), and a secret may
/// hold '/', so behind the first slash only the id of a key tells the two apart.
bool holds_keys(std::string_view location) {
  const auto slash = location.find('/');
  const auto mark = location.find('@');
  if (mark == std::string_view::npos) {
    return false;
  }
  const auto id = location.substr(0, location.find(':'));
  return mark < slash || (id.size() < slash && base::looks_like_access_key_id(id));
}

/// Of an address that came where s3:// was meant, what its query holds stays unsaid.
std::string shown(const std::string& url) {
  const auto query = url.starts_with("s3://") ? std::string::npos : url.find('?');
  return query == std::string::npos ? url : url.substr(0, query) + "?…";
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

[[noreturn]] void fail(const std::string& url, const char* reason, const char* form) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "location",
      .subject = "'" + shown(url) + "'",
      .reason = reason,
      .hint = std::string("write it as ") + form});
}

/// The key may be empty.
ObjectName parse(const std::string& url, const char* form) {
  constexpr std::string_view kScheme = "s3://";
  if (!url.starts_with(kScheme)) {
    fail(url, "this is not an S3 location", form);
  }
  const auto slash = std::min(url.find('/', kScheme.size()), url.size());
  if (slash == kScheme.size()) {
    fail(url, "the bucket is missing", form);
  }
  if (holds_keys(std::string_view(url).substr(kScheme.size()))) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = "'s3://***" + url.substr(url.rfind('@')) + "'",
        .reason = "it looks like a key and its secret in front of the bucket",
        .hint = "keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the location"});
  }
  return ObjectName{
      .bucket = url.substr(kScheme.size(), slash - kScheme.size()),
      .key = url.substr(std::min(slash + 1, url.size()))};
}

}  // namespace

ObjectName parse_s3_url(const std::string& url) {
  constexpr char kForm[] = "s3://bucket/key";
  ObjectName name = parse(url, kForm);
  if (name.key.empty()) {
    fail(url, "the key is missing", kForm);
  }
  return name;
}

ObjectName parse_s3_prefix(const std::string& url) {
  return parse(url, "s3://bucket/prefix");
}

ObjectName parse_web_url(const std::string& url) {
  const auto refuse = [&url](const char* reason) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = url.substr(0, url.find("://")) + "://…",
        .reason = reason,
        .hint = "write it as https://host/path, for example a presigned URL"});
  };
  const auto scheme = std::min(url.find("://"), url.size());
  const auto host = std::min(scheme + 3, url.size());
  const auto host_end = std::min(url.find_first_of("/?#", host), url.size());
  ObjectName name{
      .bucket = url.substr(host, host_end - host),
      .key = url.substr(host_end, url.find('#', host_end) - host_end),
      .scheme = lower_case(url.substr(0, scheme))};
  if ((name.scheme != "https" && name.scheme != "http") || name.bucket.empty()) {
    refuse("this is no web address");
  }
  if (name.bucket.find('@') != std::string::npos) {
    refuse("a user or password in front of the host is not sent");
  }
  const auto sent_as_it_is = [](unsigned char c) {
    return c > ' ' && c < 0x7F;
  };
  if (!std::all_of(name.bucket.begin(), name.bucket.end(), sent_as_it_is) ||
      !std::all_of(name.key.begin(), name.key.end(), sent_as_it_is)) {
    refuse("it holds characters that must be percent-encoded");
  }
  if (name.key.starts_with('/')) {
    name.key.erase(0, 1);
  }
  return name;
}

}  // namespace s3reel::s3
