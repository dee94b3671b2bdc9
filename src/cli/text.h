#pragma once

/// Small text tools of the command line: what may be printed, and the nearest known name.

#include <string>
#include <string_view>
#include <vector>

namespace s3reel::cli {

/// The text as one printable line: control characters, which may come from a video's metadata and
/// would reach the terminal, become spaces.
std::string one_line(std::string_view text);

/// Blanks what would let a reader act as the user: the query of a web address, the signature and
/// token of a presigned URL, the user part of a URL, the keys in s3://KEY:SECRET@bucket/key.
/// Messages are built without secrets; this is the second fence, for URLs that the user gave.
std::string without_secrets(std::string_view text);

/// The candidate that `word` was probably meant to be, empty if none is close.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// `text` broken at spaces to lines of at most `width`, each after the first indented by `indent`.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// "0:07", "3:20", "1:02:03": for people.
std::string format_time(double seconds);

}  // namespace s3reel::cli
