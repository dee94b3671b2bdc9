#pragma once

#include <optional>
#include <string>

#include "s3/client.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// Where a request goes.
struct Address {
  std::string origin;  ///< scheme://host[:port]
  std::string host;    ///< the Host header: with the port unless it is the scheme's own
  std::string path;    ///< encoded, from the first '/'
};

/// Turns buckets and keys into addresses: AWS by region, or the one endpoint the user named.
/// Immutable; any thread.
///
/// Addressing, unless forced: the bucket goes into the host name (virtual-hosted), except that it
/// goes into the path when the endpoint is an IP address or a host name without a dot (localhost, a
/// container's name: nobody resolves names below those), or when the bucket is no plain DNS label
/// (a dotted one matches no wildcard certificate).
class Endpoint {
 public:
  /// Throws Error{usage} for an endpoint URL that is none.
  Endpoint(const std::optional<std::string>& endpoint_url, Addressing addressing);

  [[nodiscard]] Address resolve(const ObjectName& object, const std::string& region) const;

  /// Whether the host depends on the region.
  [[nodiscard]] bool is_aws() const noexcept { return host_.empty(); }

 private:
  [[nodiscard]] bool virtual_hosted(const std::string& host, const std::string& bucket) const;

  Addressing addressing_;
  std::string scheme_ = "https";
  std::string host_;    ///< of the named endpoint, with its port; empty: AWS
  std::string prefix_;  ///< path of the named endpoint, without a trailing '/'
};

}  // namespace s3reel::s3
