#pragma once

#include <string>
#include <string_view>

namespace s3reel::s3 {

/// What happens to '/' in uri_encode().
enum class Slash {
  keep,   ///< in a path
  encode  ///< in a query
};

/// Percent-encodes every byte but A-Z a-z 0-9 - . _ ~, with upper-case digits, as Signature
/// Version 4 demands (AWS documentation, "Create a canonical request", UriEncode()).
std::string uri_encode(std::string_view text, Slash slash);

/// What listings with encoding-type=url hold: percent sequences, and + for a space. A % that begins
/// none stands for itself.
std::string uri_decode(std::string_view text);

}  // namespace s3reel::s3
