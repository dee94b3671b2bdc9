#pragma once

#include <optional>
#include <string>

namespace s3reel::s3 {

/// What a store is known to keep to. A condition is sent to every store; only where it is known to
/// be honoured does the result count as guarded by the store.
struct StoreProfile {
  bool conditional_put = false;       ///< If-None-Match on PutObject
  bool conditional_complete = false;  ///< If-None-Match on CompleteMultipartUpload
};

/// By endpoint: AWS honours both conditions. Of any other nothing is taken for granted: Ceph RGW 16
/// for one honours the first and ignores the second without a word. No endpoint means AWS.
StoreProfile store_profile(const std::optional<std::string>& endpoint_url);

}  // namespace s3reel::s3
