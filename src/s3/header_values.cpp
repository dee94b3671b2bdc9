#include "s3/header_values.h"

#include <charconv>

namespace s3reel::s3 {
namespace {

/// The number that `text` begins with, if it is followed by `end`; takes both off.
std::optional<std::uint64_t> take_number(std::string_view& text, std::string_view end) {
  std::uint64_t value = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.starts_with(end)) {
    return std::nullopt;
  }
  text.remove_prefix(end.size());
  return value;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) {
    return std::nullopt;
  }
  text.remove_prefix(kUnit.size());
  const auto first = take_number(text, "-");
  const auto last = first ? take_number(text, "/") : std::nullopt;
  const auto size = last ? parse_length(text) : std::nullopt;
  if (!size || *last < *first || *last >= *size) {
    return std::nullopt;
  }
  return ContentRange{.range = {.begin = *first, .end = *last + 1}, .size = *size};
}

bool is_strong_etag(std::string_view etag) {
  return !etag.empty() && !etag.starts_with("W/");
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  const auto length = take_number(text, "");
  return text.empty() ? length : std::nullopt;
}

}  // namespace s3reel::s3
