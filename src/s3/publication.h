#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/integrity.h"

namespace s3reel::s3 {

inline constexpr const char* kTokenKey = "s3reel-token";  ///< of the object's metadata

enum class Condition {
  none,      ///< replace what is there
  if_absent  ///< If-None-Match: *
};

/// The one request that makes an object visible, PutObject or CompleteMultipartUpload, and what its
/// answer means when there is none: an object that carries this writer's token and size is ours,
/// whatever the answer was. Requests are never cut short by a stop.
class Publication {
 public:
  struct Subject {
    ObjectName object;
    std::string token;
    SentBytes sent{};
    Condition condition = Condition::none;
  };

  struct Outcome {
    std::string etag{};
    std::string version_id{};
    Condition condition = Condition::none;        ///< that the store was given and did not refuse
    std::map<std::string, std::string> checks{};  ///< see io::PublishedObject
  };

  Publication(Client& client, const base::Log& log, Subject subject)
      : client_(client), log_(log), subject_(std::move(subject)) {}

  /// Sends the request and returns its ETag.
  using Request = std::function<std::string(Condition)>;
  /// Makes a request that got no answer impossible to succeed later; absent for PutObject.
  using Withdraw = std::function<void()>;

  /// Throws Error{refused} if the destination exists and must not be replaced.
  void check_absent(const std::stop_token& stop);

  /// Throws the request's error when the object is not ours; when that cannot be found out either,
  /// Error{unavailable} that says so, unless the request was plainly refused.
  Outcome run(const Request& request, const Withdraw& withdraw);

 private:
  Outcome verified(Outcome outcome);
  [[nodiscard]] Outcome outcome_of(const StoredObject& found) const;
  std::optional<StoredObject> look();
  std::optional<Outcome> settle(const Error& cause, const Withdraw& withdraw);
  [[nodiscard]] bool ours(const std::optional<StoredObject>& found) const;
  [[nodiscard]] Error exists_error() const;
  [[nodiscard]] Error unknown_error(const Error& cause, const std::exception& check) const;

  Client& client_;
  const base::Log& log_;
  const Subject subject_;
};

}  // namespace s3reel::s3
