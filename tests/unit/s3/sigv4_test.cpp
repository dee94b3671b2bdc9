#include "s3/sigv4.h"

#include <filesystem>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/shared_folder.h"

namespace s3reel::s3 {
namespace {

using test::SharedFolder;

const SharedFolder& signing_vectors() {
  static const SharedFolder folder = test::shared_folder("S3REEL_SIGV4_VECTORS", "vectors/sigv4");
  return folder;
}

std::string without_last_newlines(std::string text) {
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

/// A request.txt: request line, headers, body.
struct RawRequest {
  std::string target;
  std::string body;
  std::string head;  ///< header lines as they stand
  SigningRequest request;
};

Query parse_query(const std::string& text) {
  Query query;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '&');) {
    const auto equals = part.find('=');
    query.emplace_back(
        part.substr(0, equals), equals == std::string::npos ? "" : part.substr(equals + 1));
  }
  return query;
}

RawRequest parse_request(const std::string& text) {
  RawRequest raw;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');  // the path of one case holds a blank
  raw.request.method = line.substr(0, first);
  raw.target = line.substr(first + 1, last - first - 1);
  while (std::getline(lines, line) && !line.empty()) {
    raw.head += line + "\n";
    const auto colon = line.find(':');
    raw.request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  std::getline(lines, raw.body, '\0');
  const auto question = raw.target.find('?');
  raw.request.path = raw.target.substr(0, question);
  if (question != std::string::npos) {
    raw.request.query = parse_query(raw.target.substr(question + 1));
  }
  raw.request.payload_hash = to_hex(sha256(raw.body));
  return raw;
}

WallTime parse_time(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  char c = 0;
  std::istringstream in(text);
  in >> year >> c >> month >> c >> day >> c >> hour >> c >> minute >> c >> second;
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

/// One case of the published suite, and its expectations for one form.
struct VectorCase {
  explicit VectorCase(const std::string& name) : folder(signing_vectors().path / name) {
    const auto context = nlohmann::json::parse(test::shared_text(folder / "context.json"));
    raw = parse_request(test::shared_text(folder / "request.txt"));
    time = parse_time(context.at("timestamp"));
    const auto& keys = context.at("credentials");
    const Credentials credentials{
        .access_key_id = keys.at("access_key_id"),
        .secret_access_key = keys.at("secret_access_key"),
        .session_token = keys.value("token", "")};
    key = derive_signing_key(
        credentials,
        format_amz_time(time).substr(0, 8),
        context.at("region").get<std::string>(),
        context.at("service").get<std::string>());
    expires = std::chrono::seconds(context.at("expiration_in_seconds").get<int>());
    rules.path = SigningRules::Path::encode_again;  // the rule of every service but S3
    rules.dots = context.at("normalize").get<bool>() ? SigningRules::Dots::normalised
                                                     : SigningRules::Dots::kept;
    rules.body_hash = context.at("sign_body").get<bool>() ? SigningRules::BodyHash::header
                                                          : SigningRules::BodyHash::not_sent;
  }

  [[nodiscard]] std::string expected(const std::string& file) const {
    return without_last_newlines(test::shared_text(folder / file));
  }

  void check(const std::string& form, const SigningSteps& steps) const {
    ASSERT_EQ(steps.canonical_request, expected(form + "-canonical-request.txt"))
        << "the canonical request differs";
    ASSERT_EQ(steps.string_to_sign, expected(form + "-string-to-sign.txt"))
        << "the string to sign differs";
    ASSERT_EQ(steps.signature, expected(form + "-signature.txt")) << "the signature differs";
  }

  std::filesystem::path folder;
  RawRequest raw;
  WallTime time;
  SigningKey key;
  std::chrono::seconds expires{};
  SigningRules rules;
};

class SigV4Vector : public testing::TestWithParam<std::string> {};

TEST_P(SigV4Vector, HeaderForm) {
  S3REEL_NEEDS_CASE(signing_vectors(), GetParam());
  const VectorCase vector(GetParam());
  const auto signed_headers =
      sign_headers(vector.raw.request, vector.key, vector.time, vector.rules);
  vector.check("header", signed_headers.steps);

  std::string text = vector.raw.request.method + " " + vector.raw.target + " HTTP/1.1\n";
  text += vector.raw.head;
  for (const auto& [name, value] : signed_headers.added) {
    text += name + ":" + value + "\n";
  }
  text += "\n" + vector.raw.body;
  EXPECT_EQ(without_last_newlines(text), vector.expected("header-signed-request.txt"))
      << "the signed request differs";
}

TEST_P(SigV4Vector, QueryForm) {
  S3REEL_NEEDS_CASE(signing_vectors(), GetParam());
  const VectorCase vector(GetParam());
  const auto signed_query =
      sign_query(vector.raw.request, vector.key, vector.time, vector.expires, vector.rules);
  vector.check("query", signed_query.steps);

  // The suite's signed requests keep the path and the request's own parameters as they came.
  const std::string expected = vector.expected("query-signed-request.txt");
  const auto target_end = expected.find(" HTTP/1.1\n");
  const auto question = expected.find('?');
  ASSERT_NE(question, std::string::npos);
  std::string query = expected.substr(question + 1, target_end - question - 1);
  const auto own = query.find("X-Amz-Algorithm=");
  ASSERT_NE(own, std::string::npos) << query;
  const auto ours = signed_query.query.find("X-Amz-Algorithm=");
  EXPECT_EQ(signed_query.query.substr(ours), query.substr(own)) << "the signed request differs";
  EXPECT_EQ(
      parse_query(query.substr(0, own)).size(),
      parse_query(signed_query.query.substr(0, ours)).size());
}

INSTANTIATE_TEST_SUITE_P(
    PublishedSuite,
    SigV4Vector,
    testing::ValuesIn(test::shared_cases(signing_vectors())),
    test::case_name);

TEST(SigV4, S3NeitherNormalisesNorEncodesAgain) {
  const auto key = derive_signing_key({"AKID", "secret", ""}, "20150830", "eu-west-1", "s3");
  const SigningRequest request{
      .method = "GET",
      .path = "/bucket/a//b/../c%20d%2Be",
      .headers = {{"Host", "h"}},
      .payload_hash = kUnsignedPayload};
  const auto result =
      sign_headers(request, key, parse_time("2015-08-30T12:36:00Z"), SigningRules{});
  EXPECT_NE(result.steps.canonical_request.find("\n/bucket/a//b/../c%20d%2Be\n"), std::string::npos)
      << result.steps.canonical_request;
}

TEST(SigV4, KeyFollowsTheDayAndTheRegion) {
  Signer signer({"AKID", "secret", "token"});
  const auto first_day = parse_time("2015-08-30T23:59:59Z");
  const auto key = signer.key(first_day, "eu-west-1");
  EXPECT_EQ(key.scope, "20150830/eu-west-1/s3/aws4_request");
  EXPECT_EQ(signer.key(first_day, "eu-west-1").key, key.key);
  const auto next_day = signer.key(first_day + std::chrono::seconds(1), "eu-west-1");
  EXPECT_EQ(next_day.scope, "20150831/eu-west-1/s3/aws4_request");
  EXPECT_NE(next_day.key, key.key);
  EXPECT_NE(signer.key(first_day, "eu-west-2").key, key.key);
  EXPECT_EQ(next_day.session_token, "token");
}

}  // namespace
}  // namespace s3reel::s3
