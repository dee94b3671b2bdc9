#include "s3/settings.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3/presign.h"
#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

using testing::HasSubstr;

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::map<std::string, std::string> with_keys(std::map<std::string, std::string> more) {
  more.emplace("AWS_ACCESS_KEY_ID", "id");
  more.emplace("AWS_SECRET_ACCESS_KEY", "secret");
  return more;
}

TEST(Settings, ComeFromTheEnvironment) {
  const auto settings = complete_settings(
      {},
      environment(with_keys(
          {{"AWS_SESSION_TOKEN", "token"},
           {"AWS_ENDPOINT_URL", "http://b"},
           {"AWS_CA_BUNDLE", "/ca.pem"}})));
  EXPECT_EQ(settings.credentials->access_key_id, "id");
  EXPECT_EQ(settings.credentials->secret_access_key, "secret");
  EXPECT_EQ(settings.credentials->session_token, "token");
  EXPECT_EQ(settings.region, "us-east-1");
  EXPECT_EQ(settings.endpoint_url, "http://b");
  EXPECT_EQ(settings.ca_bundle, "/ca.pem");
}

TEST(Settings, TheMoreSpecificVariableWins) {
  std::map<std::string, std::string> values = with_keys(
      {{"AWS_REGION", "first"},
       {"AWS_DEFAULT_REGION", "second"},
       {"REGION_NAME", "third"},
       {"AWS_ENDPOINT_URL_S3", "http://a"},
       {"AWS_ENDPOINT_URL", "http://b"}});
  EXPECT_EQ(complete_settings({}, environment(values)).region, "first");
  EXPECT_EQ(complete_settings({}, environment(values)).endpoint_url, "http://a");
  values["AWS_REGION"] = " ";
  EXPECT_EQ(complete_settings({}, environment(values)).region, "second");
  values.erase("AWS_DEFAULT_REGION");
  EXPECT_EQ(complete_settings({}, environment(values)).region, "third");
}

TEST(Settings, WhatIsSetStays) {
  StoreSettings given;
  given.region = "mine";
  given.endpoint_url = "http://mine";
  given.credentials = Credentials{"a", "b", ""};
  const auto settings = complete_settings(
      given, environment(with_keys({{"AWS_REGION", "x"}, {"AWS_ENDPOINT_URL", "y"}})));
  EXPECT_EQ(settings.region, "mine");
  EXPECT_EQ(settings.endpoint_url, "http://mine");
  EXPECT_EQ(settings.credentials->access_key_id, "a");
}

TEST(Settings, BlankKeysAreMissingKeys) {
  try {
    complete_settings(
        {}, environment({{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", " \n"}}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::refused);
    EXPECT_THAT(error.what(), HasSubstr("AWS_SECRET_ACCESS_KEY is not set"));
  }
}

TEST(Settings, AKeyPastedWithItsLineEndStillSigns) {
  const auto settings = complete_settings(
      {}, environment({{"AWS_ACCESS_KEY_ID", " id\n"}, {"AWS_SECRET_ACCESS_KEY", "s\r\n"}}));
  EXPECT_EQ(settings.credentials->access_key_id, "id");
  EXPECT_EQ(settings.credentials->secret_access_key, "s");
}

// AWS documentation, "Authenticating Requests: Using Query Parameters", worked example.
TEST(Presign, GivesTheDocumentedSignature) {
  StoreSettings settings;
  settings.endpoint_url = "https://s3.amazonaws.com";
  settings.region = "us-east-1";
  settings.credentials =
      Credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  const auto now = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24);
  const auto url = presign_url(
      settings, {"examplebucket", "test.txt"}, "GET", std::chrono::seconds(86'400), now);
  EXPECT_THAT(url, testing::StartsWith("https://examplebucket.s3.amazonaws.com/test.txt?"));
  EXPECT_THAT(
      url,
      HasSubstr("X-Amz-Signature="
                "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"));
}

TEST(Presign, RefusesWhatS3WouldRefuse) {
  StoreSettings settings;
  settings.region = "r";
  settings.credentials = Credentials{"a", "b", ""};
  const ObjectName object{"bucket", "key"};
  const WallTime now{};
  EXPECT_THROW(presign_url(settings, object, "DELETE", std::chrono::hours(1), now), Error);
  EXPECT_THROW(presign_url(settings, object, "GET", std::chrono::seconds(0), now), Error);
  EXPECT_THROW(presign_url(settings, object, "GET", std::chrono::hours(24 * 8), now), Error);
}

}  // namespace
}  // namespace s3reel::s3
