#include "cli/values.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/text.h"
#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

/// A number at the start of `text`, which loses it; nullopt if there is none.
template <class T>
std::optional<T> take_number(std::string_view& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// A number with one of `units`; nullopt if it is neither.
std::optional<double> scaled(std::string_view text, const std::vector<Unit>& units) {
  const auto number = take_number<double>(text);
  if (!number || !std::isfinite(*number)) {
    return std::nullopt;
  }
  for (const auto& unit : units) {
    if (text == unit.name) {
      return *number * unit.factor;
    }
  }
  return std::nullopt;
}

/// The text up to the first unescaped comma, which is removed from `text` with it.
std::string take_field(std::string_view& text) {
  std::string field;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != ','; ++at) {
    const bool escaped =
        text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == ',' || text[at + 1] == '\\');
    at += escaped ? 1 : 0;
    field += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return field;
}

/// "key=value,key=value" behind the colon of an op.
std::map<std::string, std::string> parse_parameters(
    const Given& given, std::string_view text, const char* hint) {
  if (text.empty()) {
    refuse(given, "has a colon but no parameter", hint);
  }
  std::map<std::string, std::string> parameters;
  while (!text.empty()) {
    const auto field = take_field(text);
    const auto equals = field.find('=');
    if (equals == std::string::npos || equals == 0) {
      refuse(given, fmt::format("'{}' is not key=value", field), hint);
    }
    if (!parameters.emplace(field.substr(0, equals), field.substr(equals + 1)).second) {
      refuse(given, fmt::format("'{}' is given twice", field.substr(0, equals)), hint);
    }
  }
  return parameters;
}

}  // namespace

void refuse(const Given& given, const std::string& reason, const std::string& hint) {
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = given.option,
      .subject = fmt::format("'{}'", without_secrets(one_line(given.text))),
      .reason = reason,
      .hint = hint});
}

double parse_number(const Given& given) {
  std::string_view rest = given.text;
  const auto value = take_number<double>(rest);
  if (!value || !rest.empty() || !std::isfinite(*value)) {
    refuse(given, "not a number", "write for example 23 or 18.5");
  }
  return *value;
}

std::int64_t parse_integer(const Given& given, Range range) {
  std::string_view rest = given.text;
  const auto value = take_number<std::int64_t>(rest);
  const auto hint = fmt::format("write a number from {} to {}", range.lowest, range.highest);
  if (!value || !rest.empty()) {
    refuse(given, "not a whole number", hint);
  }
  if (*value < range.lowest || *value > range.highest) {
    refuse(given, "out of range", hint);
  }
  return *value;
}

std::int64_t parse_bitrate(const Given& given) {
  static const std::vector<Unit> units{
      {"", 1.0}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"m", 1e6}, {"G", 1e9}, {"g", 1e9}};
  constexpr double kHighest = 1e12;  // beyond any codec, far from the end of int64
  const auto value = scaled(given.text, units);
  if (!value) {
    refuse(given, "not a bit rate", "write bits per second, such as 4M, 800k or 1500000");
  }
  if (*value < 1.0 || *value > kHighest) {
    refuse(given, "out of range", "write bits per second, such as 4M or 800k");
  }
  return std::llround(*value);
}

std::uint64_t parse_size(const Given& given, Range range) {
  constexpr double kKi = 1024.0;
  constexpr double kMi = kKi * 1024.0;
  constexpr double kGi = kMi * 1024.0;
  static const std::vector<Unit> units{
      {"", 1.0},
      {"B", 1.0},
      {"K", kKi},
      {"k", kKi},
      {"KiB", kKi},
      {"M", kMi},
      {"m", kMi},
      {"MiB", kMi},
      {"G", kGi},
      {"g", kGi},
      {"GiB", kGi}};
  const auto value = scaled(given.text, units);
  if (!value) {
    refuse(given, "not a size", "write bytes, or K, M or G of 1024, such as 8M");
  }
  if (*value < static_cast<double>(range.lowest) || *value > static_cast<double>(range.highest)) {
    refuse(
        given,
        "out of range",
        fmt::format("write a size from {} to {} bytes", range.lowest, range.highest));
  }
  return static_cast<std::uint64_t>(*value);
}

std::chrono::seconds parse_duration(const Given& given, Range range) {
  const char* const hint = "write for example 90s, 15m, 1h30m or 7d";
  std::string_view rest = given.text;
  if (rest.empty()) {
    refuse(given, "not a duration", hint);
  }
  double seconds = 0.0;
  while (!rest.empty()) {
    const auto number = take_number<std::uint32_t>(rest);
    constexpr std::string_view kNames = "smhd";
    constexpr double kFactors[] = {1.0, 60.0, 3600.0, 86400.0};
    const auto unit = rest.empty() ? 0 : kNames.find(rest.front());
    if (!number || unit == std::string_view::npos) {
      refuse(given, "not a duration", hint);
    }
    rest.remove_prefix(rest.empty() ? 0 : 1);
    seconds += *number * kFactors[unit];
  }
  if (seconds < static_cast<double>(range.lowest) || seconds > static_cast<double>(range.highest)) {
    refuse(
        given,
        "out of range",
        fmt::format("write a duration from {} to {} seconds", range.lowest, range.highest));
  }
  return std::chrono::seconds(static_cast<std::int64_t>(seconds));
}

BuiltInOp parse_op(const Given& given) {
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const char* const hint = "write NAME or NAME:key=value,key=value";
  const std::string_view text = given.text;
  const auto colon = text.find(':');
  BuiltInOp op{.name = std::string(text.substr(0, colon))};
  if (op.name.empty() || op.name.find_first_not_of(kNameCharacters) != std::string::npos) {
    refuse(given, "does not begin with the name of an op", hint);
  }
  if (colon != std::string_view::npos) {
    op.parameters = parse_parameters(given, text.substr(colon + 1), hint);
  }
  return op;
}

PluginOp parse_plugin(const Given& given) {
  const char* const hint = "write ./libmine.so or ./libmine.so:key=value,key=value";
  const std::string_view text = given.text;
  const auto colon = text.find(':');
  PluginOp op{.path = std::string(text.substr(0, colon))};
  if (op.path.empty()) {
    refuse(given, "does not begin with the path of a library", hint);
  }
  if (colon != std::string_view::npos) {
    op.parameters = parse_parameters(given, text.substr(colon + 1), hint);
  }
  return op;
}

void parse_pair(const Given& given, std::map<std::string, std::string>& map) {
  const auto equals = given.text.find('=');
  if (equals == std::string::npos || equals == 0) {
    refuse(given, "not key=value", "write for example qp=0");
  }
  const auto key = given.text.substr(0, equals);
  if (!map.emplace(key, given.text.substr(equals + 1)).second) {
    refuse(given, fmt::format("'{}' is given twice", key), "keep one of them");
  }
}

std::size_t parse_choice(const Given& given, const std::vector<std::string>& choices) {
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == given.text) {
      return i;
    }
  }
  const auto guess = nearest(given.text, choices);
  refuse(
      given,
      guess.empty() ? "unknown value" : fmt::format("unknown value, did you mean {}?", guess),
      fmt::format("write one of {}", fmt::join(choices, ", ")));
}

const std::string& parse_text(const Given& given) {
  if (given.text.empty()) {
    refuse(given, "the value is empty", "write a value or leave the option out");
  }
  return given.text;
}

const std::string& parse_endpoint(const Given& given) {
  const std::string_view url = given.text;
  const bool http = url.starts_with("http://");
  const bool https = url.starts_with("https://");
  const auto host = url.substr(std::min<std::size_t>(url.size(), https ? 8 : 7));
  if (!(http || https) || host.empty()) {
    refuse(given, "not an endpoint", "write for example https://s3.eu-central-1.amazonaws.com");
  }
  if (host.substr(0, host.find('/')).find('@') != std::string_view::npos) {
    refuse(
        given,
        "an endpoint has no user part",
        "put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  return given.text;
}

}  // namespace s3reel::cli
