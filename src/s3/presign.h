#pragma once

#include <chrono>
#include <string>

#include "s3/client.h"
#include "s3/sigv4.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// A URL with which anyone can GET or PUT one object until it expires. `settings` must be complete
/// (settings.h). Throws Error{usage} for another method or an expiry outside of 1 s to 7 days, S3's
/// limit.
std::string presign_url(
    const StoreSettings& settings,
    const ObjectName& object,
    const std::string& method,
    std::chrono::seconds expires,
    WallTime now);

}  // namespace s3reel::s3
