#include "s3/client.h"
#include "s3reel/error.h"

namespace s3reel::s3 {

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
  // No bucket has an '@' in its name; one with ':' names its tenant first (Ceph). A secret may hold
  // '/'.
  const auto bucket = url.rfind('@');
  const auto colon = url.find(':', kScheme.size());
  if (bucket != std::string::npos && (bucket < slash || colon < slash)) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = "'s3://***" + url.substr(bucket) + "'",
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
