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

}  // namespace

ObjectName parse_s3_url(const std::string& url) {
  constexpr std::string_view kScheme = "s3://";
  const auto fail = [&url](const char* reason) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = "'" + url + "'",
        .reason = reason,
        .hint = "write it as s3://bucket/key"});
  };
  if (url.compare(0, kScheme.size(), kScheme) != 0) {
    fail("this is not an S3 location");
  }
  const auto slash = url.find('/', kScheme.size());
  if (slash == kScheme.size() || url.size() == kScheme.size()) {
    fail("the bucket is missing");
  }
  if (holds_keys(std::string_view(url).substr(kScheme.size()))) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = "'s3://***" + url.substr(url.rfind('@')) + "'",
        .reason = "it looks like a key and its secret in front of the bucket",
        .hint = "keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the location"});
  }
  if (slash == std::string::npos || slash + 1 == url.size()) {
    fail("the key is missing");
  }
  return ObjectName{
      .bucket = url.substr(kScheme.size(), slash - kScheme.size()), .key = url.substr(slash + 1)};
}

}  // namespace s3reel::s3
