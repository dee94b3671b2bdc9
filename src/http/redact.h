#pragma once

#include <string>

namespace s3reel::http {

/// `url` fit to be shown: the values of the signing parameters (X-Amz-Signature,
/// X-Amz-Security-Token, X-Amz-Credential, any letter case) and a user name and password before the
/// host are replaced by "REDACTED".
std::string redact_url(const std::string& url);

}  // namespace s3reel::http
