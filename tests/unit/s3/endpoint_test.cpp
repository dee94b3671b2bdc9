#include "s3/endpoint.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

struct EndpointCase {
  const char* what;
  std::optional<std::string> url;
  Addressing addressing;
  std::string bucket;
  std::string region;
  std::string expected;  ///< origin and path for the key "a b/c"
};

class EndpointTable : public testing::TestWithParam<EndpointCase> {};

TEST_P(EndpointTable, ResolvesTo) {
  const auto& tested = GetParam();
  const Endpoint endpoint(tested.url, tested.addressing);
  const auto address = endpoint.resolve({tested.bucket, "a b/c"}, tested.region);
  EXPECT_EQ(address.origin + address.path, tested.expected) << tested.what;
  EXPECT_TRUE(address.origin.ends_with("://" + address.host)) << tested.what;
}

constexpr auto kAuto = Addressing::automatic;

INSTANTIATE_TEST_SUITE_P(
    All,
    EndpointTable,
    testing::Values(
        EndpointCase{
            "AWS",
            {},
            kAuto,
            "bucket",
            "us-east-1",
            "https://bucket.s3.us-east-1.amazonaws.com/a%20b/c"},
        EndpointCase{
            "China",
            {},
            kAuto,
            "bucket",
            "cn-north-1",
            "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b/c"},
        EndpointCase{
            "GovCloud",
            {},
            kAuto,
            "bucket",
            "us-gov-west-1",
            "https://bucket.s3.us-gov-west-1.amazonaws.com/a%20b/c"},
        EndpointCase{
            "dots match no wildcard certificate",
            {},
            kAuto,
            "my.bucket",
            "eu-west-1",
            "https://s3.eu-west-1.amazonaws.com/my.bucket/a%20b/c"},
        EndpointCase{
            "path on request",
            {},
            Addressing::path,
            "bucket",
            "eu-west-1",
            "https://s3.eu-west-1.amazonaws.com/bucket/a%20b/c"},
        EndpointCase{
            "IPv4",
            "http://127.0.0.1:9000",
            kAuto,
            "bucket",
            "r",
            "http://127.0.0.1:9000/bucket/a%20b/c"},
        EndpointCase{
            "IPv6", "http://[::1]:9000/", kAuto, "bucket", "r", "http://[::1]:9000/bucket/a%20b/c"},
        EndpointCase{
            "localhost",
            "http://localhost:9000",
            kAuto,
            "bucket",
            "r",
            "http://localhost:9000/bucket/a%20b/c"},
        EndpointCase{
            "localhost, forced",
            "https://localhost:9000",
            Addressing::virtual_hosted,
            "bucket",
            "r",
            "https://bucket.localhost:9000/a%20b/c"},
        EndpointCase{
            "a container's name",
            "http://minio:9000",
            kAuto,
            "bucket",
            "r",
            "http://minio:9000/bucket/a%20b/c"},
        EndpointCase{
            "a service",
            "https://s3.example.com",
            kAuto,
            "bucket",
            "r",
            "https://bucket.s3.example.com/a%20b/c"},
        EndpointCase{
            "upper case is no host name",
            "https://s3.example.com",
            kAuto,
            "Bucket",
            "r",
            "https://s3.example.com/Bucket/a%20b/c"},
        EndpointCase{
            "the scheme's own port",
            "https://s3.example.com:443",
            Addressing::path,
            "bucket",
            "r",
            "https://s3.example.com/bucket/a%20b/c"},
        EndpointCase{
            "a path in front",
            "http://10.0.0.1/gate/",
            kAuto,
            "bucket",
            "r",
            "http://10.0.0.1/gate/bucket/a%20b/c"}));

TEST(Endpoint, RefusesWhatIsNoEndpoint) {
  for (const auto* url :
       {"s3.example.com",
        "ftp://host",
        "http://",
        "https:///x",
        "http://h?x",
        "http://nobody:hidden@host",
        "ftp://nobody:hidden@host",
        "nobody:hidden@host:9000",
        "http://nobody:hid/den@host?x=hidden",
        "host/key?X-Amz-Signature=hidden",
        "https://host/key?x=nobody@&X-Amz-Signature=hidden"}) {
    try {
      const Endpoint endpoint(std::string(url), kAuto);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage) << url;
      for (const auto* secret : {"nobody", "hid", "den"}) {
        EXPECT_EQ(std::string(error.what()).find(secret), std::string::npos) << error.what();
      }
    }
  }
}

TEST(S3Url, APrefixMayBeABucketAlone) {
  for (const auto& [url, key] : std::vector<std::pair<std::string, std::string>>{
           {"s3://bucket", ""}, {"s3://bucket/", ""}, {"s3://bucket/a/b", "a/b"}}) {
    EXPECT_EQ(parse_s3_prefix(url).bucket, "bucket") << url;
    EXPECT_EQ(parse_s3_prefix(url).key, key) << url;
  }
  EXPECT_THROW(parse_s3_prefix("s3:///key"), Error);
  EXPECT_THROW(parse_s3_prefix("bucket/key"), Error);
}

TEST(S3Url, IsABucketAndARawKey) {
  const auto name = parse_s3_url("s3://bucket/a//b/../%20?x");
  EXPECT_EQ(name.bucket, "bucket");
  EXPECT_EQ(name.key, "a//b/../%20?x");
  EXPECT_EQ(name.url(), "s3://bucket/a//b/../%20?x");
  for (const auto* url : {"", "s3://", "s3://bucket", "s3://bucket/", "s3:///key", "/tmp/x"}) {
    EXPECT_THROW(parse_s3_url(url), Error) << url;
  }
}

}  // namespace
}  // namespace s3reel::s3
