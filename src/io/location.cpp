#include "io/location.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "s3reel/error.h"

namespace s3reel::io {
namespace {

constexpr std::string_view kFileScheme = "file://";

/// The scheme in front of "://", empty for a path that merely contains these characters.
std::string_view scheme_of(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos || end == 0) {
    return {};
  }
  const std::string_view scheme = text.substr(0, end);
  const bool valid = std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  });
  return valid ? scheme : std::string_view{};
}

/// Schemes ignore case (RFC 3986, 3.1).
bool is_web(std::string scheme) {
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return scheme == "https" || scheme == "http";
}

[[noreturn]] void refuse(const std::string& text, const std::string& reason) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "location",
      .subject = "'" + text + "'",
      .reason = reason,
      .hint =
          "give s3://bucket/key, a local path, https:// to read from, or - for standard output"});
}

}  // namespace

ParsedLocation parse_location(const std::string& text) {
  if (text.empty()) {
    refuse(text, "is empty");
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
    refuse(text.substr(0, nul) + "\\0" + text.substr(nul + 1), "contains a byte of 0");
  }
  if (text == "-") {
    return {.kind = LocationKind::standard_stream, .path = text};
  }
  const std::string scheme(scheme_of(text));
  if (scheme.empty()) {
    return {.kind = LocationKind::file, .path = text};
  }
  if (scheme == "s3") {
    return {.kind = LocationKind::s3, .path = text};
  }
  if (is_web(scheme)) {
    return {.kind = LocationKind::web, .path = text};
  }
  if (scheme == "file") {
    std::string path = text.substr(kFileScheme.size());
    if (path.empty() || path.front() != '/') {
      refuse(text, "a file:// location needs an absolute path");
    }
    return {.kind = LocationKind::file, .path = std::move(path)};
  }
  // The rest stays unsaid: a presigned URL holds a signature.
  refuse(scheme + "://…", "the scheme " + scheme + ":// is not supported");
}

std::string location_extension(const std::string& text) {
  const std::size_t slash = text.rfind('/');
  const std::string name = slash == std::string::npos ? text : text.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0) {
    return {};
  }
  std::string extension = name.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return extension;
}

}  // namespace s3reel::io
