#pragma once

#include <string>

namespace s3reel::http {

/// `url` fit to be shown: its query, which may let in whoever knows it, and a user name and
/// password before the host are replaced by "REDACTED".
std::string redact_url(const std::string& url);

}  // namespace s3reel::http
