#pragma once

#include <functional>
#include <optional>
#include <string>

#include "s3reel/job.h"

namespace s3reel::s3 {

/// Looks a variable up; nullopt if it is not set. The application passes the process's environment,
/// tests pass a map.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Fills what `settings` leaves open. What is set stays. A blank variable counts as not set.
///   credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
///   region:      AWS_REGION, AWS_DEFAULT_REGION, REGION_NAME, else us-east-1
///   endpoint:    AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else AWS
///   ca_bundle:   AWS_CA_BUNDLE, else the system's
/// Throws Error{refused} when there are no keys: without them a store says no.
StoreSettings complete_settings(StoreSettings settings, const Environment& environment);

/// The same without the credentials; never throws.
StoreSettings complete_address(StoreSettings settings, const Environment& environment);

}  // namespace s3reel::s3
