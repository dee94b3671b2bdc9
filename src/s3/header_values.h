#pragma once

/// Values of an answer's headers. All of it came over a network; what is not exactly of the form is
/// nullopt. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "io/byte_source.h"

namespace s3reel::s3 {

struct ContentRange {
  io::ByteRange range;     ///< not empty, inside the object
  std::uint64_t size = 0;  ///< of the whole object
};

/// "bytes 0-99/1000" (RFC 9110, 14.4); nullopt for anything else, an unknown size included.
std::optional<ContentRange> parse_content_range(std::string_view text);

/// Whether If-Match can name it: "…", not W/"…" (RFC 9110, 8.8.1).
bool is_strong_etag(std::string_view etag);

/// Content-Length: digits and nothing else.
std::optional<std::uint64_t> parse_length(std::string_view text);

}  // namespace s3reel::s3
