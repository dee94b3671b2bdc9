#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/route.h"

namespace s3reel::s3 {

/// Web addresses as they are, for anybody who knows them; nothing is signed and no key is sent.
/// Redirects are followed, never from https:// to http://, and what they lead to is remembered
/// until it refuses or fails: its own signature may run out sooner than the job ends.
class WebRoute final : public Route {
 public:
  /// `clock` must outlive the route.
  WebRoute(base::Log log, base::Clock& clock);

  [[nodiscard]] const char* service() const override { return "http"; }

  Target target(const Call& call, const Digest& body_hash, Corrections& done) override;
  std::string origin(const Call& call) override;
  void lost(const Call& call, const Corrections& done) override;
  Verdict judge(const Call& call, const http::Response& answer, Corrections& done) override;

 private:
  std::string place_of(const ObjectName& object);
  bool follow(const Call& call, const http::Response& answer, Corrections& done, ErrorInfo& info);
  bool return_to_the_start(const ObjectName& object, Corrections& done);
  void forget(const std::string& given, const std::string& place);

  const base::Log log_;
  base::Clock& clock_;

  std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, std::string> led_to_;  ///< by the address given
};

}  // namespace s3reel::s3
