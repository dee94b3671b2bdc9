#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "s3/endpoint.h"
#include "s3/route.h"
#include "s3/sigv4.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// The objects of one store: addresses by endpoint and region, signatures version 4. Puts the
/// clock and the region of a bucket right where the store says so.
class SignedRoute final : public Route {
 public:
  /// `settings` must be complete (settings.h); `clock` must outlive the route.
  SignedRoute(const StoreSettings& settings, base::Log log, base::Clock& clock);

  [[nodiscard]] const char* service() const override { return "s3"; }

  Target target(const Call& call, const Digest& body_hash, Corrections& done) override;
  std::string origin(const Call& call) override;

  void lost(const Call& /*call*/, const Corrections& /*done*/) override {}

  Verdict judge(const Call& call, const http::Response& answer, Corrections& done) override;

 private:
  std::string region_of(const std::string& bucket);

  const StoreSettings settings_;
  const Endpoint endpoint_;
  const base::Log log_;
  base::Clock& clock_;
  Signer signer_;
  std::atomic<std::int64_t> clock_offset_seconds_{0};

  std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, std::string> regions_;  ///< by bucket, where the store corrected ours
};

}  // namespace s3reel::s3
