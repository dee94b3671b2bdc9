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
  if (url.substr(0, slash).find_first_of(":@", kScheme.size()) != std::string::npos) {
    const auto bucket = url.rfind('@');  // what stands in front of it may be a key and its secret
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "location",
        .subject = "'s3://***" + (bucket == std::string::npos ? "" : url.substr(bucket)) + "'",
        .reason = "no bucket has ':' or '@' in its name",
        .hint = "keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the location"});
  }
  if (slash == std::string::npos || slash + 1 == url.size()) {
    fail("the key is missing");
  }
  return ObjectName{
      .bucket = url.substr(kScheme.size(), slash - kScheme.size()), .key = url.substr(slash + 1)};
}

}  // namespace s3reel::s3
