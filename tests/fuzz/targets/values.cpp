// Values of options: anything is a value inside its range or the user's error, and what is written
// out from a value is read as the same one.

#include "cli/values.h"

#include <fmt/format.h>

#include "fuzz/target.h"
#include "s3reel/error.h"

namespace s3reel::fuzz {
namespace {

constexpr cli::Range kRange{.lowest = -5, .highest = 1'000'000'000'000};

template <class Read>
void expect_value_or_usage_error(Read read) {
  try {
    read();
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::usage, "what the user wrote is the user's error");
    require(error.info().operation == "--option", "the error names the option");
  }
}

void check_in_range(std::int64_t value) {
  require(value >= kRange.lowest && value <= kRange.highest, "a value is inside its range");
}

std::string written(const std::string& name, const std::map<std::string, std::string>& parameters) {
  std::string text;
  for (const auto& [key, value] : parameters) {
    text += text.empty() ? ":" : ",";
    for (const char c : fmt::format("{}={}", key, value)) {
      text += c == ',' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
  }
  return name + text;
}

}  // namespace

void examine(const Bytes& input) {
  const cli::Given given{.option = "--option", .text = Input(input).text()};
  expect_value_or_usage_error([&] { static_cast<void>(cli::parse_number(given)); });
  expect_value_or_usage_error([&] {
    const auto value = cli::parse_integer(given, kRange);
    check_in_range(value);
    require(cli::parse_integer({"--option", std::to_string(value)}, kRange) == value, "as written");
  });
  expect_value_or_usage_error([&] { require(cli::parse_bitrate(given) >= 1, "there is a rate"); });
  expect_value_or_usage_error([&] {
    const auto bytes = cli::parse_size(given, {.lowest = 0, .highest = kRange.highest});
    check_in_range(static_cast<std::int64_t>(bytes));
    require(cli::parse_size({"--option", std::to_string(bytes)}, kRange) == bytes, "as written");
  });
  expect_value_or_usage_error([&] {
    const auto time = cli::parse_duration(given, kRange);
    check_in_range(time.count());
    require(time.count() >= 0, "no time is negative");
  });
  expect_value_or_usage_error([&] {
    const auto op = cli::parse_op(given);
    const auto again = cli::parse_op({"--option", written(op.name, op.parameters)});
    require(again.name == op.name && again.parameters == op.parameters, "an op is read as written");
  });
  expect_value_or_usage_error([&] {
    const auto op = cli::parse_plugin(given);
    const auto again = cli::parse_plugin({"--option", written(op.path, op.parameters)});
    require(again.path == op.path && again.parameters == op.parameters, "so is a plugin");
  });
  expect_value_or_usage_error([&] { static_cast<void>(cli::parse_endpoint(given)); });
}

}  // namespace s3reel::fuzz
