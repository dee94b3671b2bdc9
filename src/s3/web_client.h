#pragma once

#include <memory>
#include <stop_token>

#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "s3/client.h"
#include "s3/retry.h"
#include "s3/sender.h"

namespace s3reel::s3 {

/// Ranges of what a web server gives to anybody: names of parse_web_url(), presigned URLs among
/// them. Pinned by ETag, or by Last-Modified where there is no strong one; refused where there is
/// neither. Redirects are followed (web_route.h).
class WebClient final : public RangeClient {
 public:
  /// Owns `http`; `clock` must outlive it. No request is sent.
  WebClient(
      const RetrySettings& retry,
      std::unique_ptr<http::Client> http,
      const base::Log& log,
      base::Clock& clock,
      Random random);

  RangeAnswer get_range(const GetRange& request, std::stop_token stop) override;

  [[nodiscard]] Traffic traffic() const override { return sender_.traffic(); }

 private:
  std::unique_ptr<http::Client> http_;
  Sender sender_;
};

}  // namespace s3reel::s3
