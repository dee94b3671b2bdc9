#pragma once

/// Points in time as S3 writes them.

#include <optional>
#include <string>

#include "base/clock.h"

namespace s3reel::s3 {

/// "2024-01-02T03:04:05Z"
std::string utc_text(base::Clock::Wall time);

/// The same with or without fractions of a second, which are dropped; nullopt if it is none.
std::optional<base::Clock::Wall> parse_utc(const std::string& text);

/// "Sun, 06 Nov 1994 08:49:37 GMT"; nullopt if it is none (RFC 9110, 5.6.7).
std::optional<base::Clock::Wall> parse_http_date(const std::string& text);

}  // namespace s3reel::s3
