#pragma once

#include <optional>
#include <string>

namespace s3reel::http {

/// Where `reference`, the Location of an answer, leads from `base` (RFC 3986, 5.2); nullopt if that
/// is no http:// or https:// address in ASCII, or names a user.
std::optional<std::string> resolve_reference(const std::string& base, const std::string& reference);

}  // namespace s3reel::http
