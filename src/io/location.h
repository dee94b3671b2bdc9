#pragma once

#include <string>

namespace s3reel::io {

enum class LocationKind {
  s3,               ///< s3://bucket/key
  web,              ///< https://host/path or http://…, a presigned URL for example
  standard_stream,  ///< -
  file              ///< anything without a scheme, or file:///path
};

/// What a location is, without touching it. `path` is the local path of a file and the text as it
/// was for the others.
struct ParsedLocation {
  LocationKind kind = LocationKind::file;
  std::string path;
};

/// Throws Error{usage} for an empty text and for a scheme that s3reel does not know.
ParsedLocation parse_location(const std::string& text);

/// What follows the last dot of the last path component, in lower case: "mp4". Empty if there is
/// none.
std::string location_extension(const std::string& text);

}  // namespace s3reel::io
