#pragma once

/// AWS Signature Version 4, header form and presigned form (AWS documentation, "Signature Version 4
/// signing process"). Pure functions: request, time and key in, headers or query out, with every
/// step visible. The rules default to those of Amazon S3, which neither normalises paths nor
/// encodes them again; other services do both.

#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "http/client.h"
#include "s3/digest.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

using Query = std::vector<std::pair<std::string, std::string>>;  ///< names and values, not encoded
using WallTime = std::chrono::system_clock::time_point;

/// What S3 takes as the payload hash of a presigned request.
inline constexpr char kUnsignedPayload[] = "UNSIGNED-PAYLOAD";

struct SigningRequest {
  std::string method;
  std::string path;  ///< as it is sent, from its first '/'
  Query query{};
  http::Headers headers{};  ///< all that are to be signed, Host among them
  std::string payload_hash;
};

struct SigningRules {
  enum class Path { as_sent, encode_again } path = Path::as_sent;
  enum class Dots { kept, normalised } dots = Dots::kept;
  enum class BodyHash { header, not_sent } body_hash = BodyHash::header;
};

/// "20150830T123600Z"; the first eight characters are the day.
std::string format_amz_time(WallTime time);

/// The key of one day, region and service, and what belongs to it.
struct SigningKey {
  std::string access_key_id;
  std::string session_token;
  std::string scope;  ///< day/region/service/aws4_request
  Digest key{};
};

SigningKey derive_signing_key(
    const Credentials& credentials,
    const std::string& day,
    const std::string& region,
    const std::string& service);

/// The steps on the way, for tests that name the one that differs.
struct SigningSteps {
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;
};

struct SignedHeaders {
  SigningSteps steps;
  http::Headers added;  ///< to send beside the request's own: date, token, hash, Authorization
};

/// `key` must be of the day of `time`.
SignedHeaders sign_headers(
    const SigningRequest& request, const SigningKey& key, WallTime time, const SigningRules& rules);

struct SignedQuery {
  SigningSteps steps;
  std::string query;  ///< encoded, without '?', the request's own parameters in front
};

SignedQuery sign_query(
    const SigningRequest& request,
    const SigningKey& key,
    WallTime time,
    std::chrono::seconds expires,
    const SigningRules& rules);

/// Encoded name=value pairs in the order given, joined by '&': the form in which S3 gets them.
std::string encode_query(const Query& query);

/// Keeps the key of the current day and region, which takes four HMACs to derive. Any thread.
class Signer {
 public:
  explicit Signer(Credentials credentials);

  [[nodiscard]] SigningKey key(WallTime time, const std::string& region);

 private:
  const Credentials credentials_;
  std::mutex mutex_;
  // guarded by mutex_
  SigningKey cached_;
};

}  // namespace s3reel::s3
