// Parameters of built-in ops: whatever they say, the op is refused for a reason that names it, or
// can be made, and knows what comes out of it.

#include <fmt/format.h>

#include "cli/values.h"
#include "fuzz/target.h"
#include "media/library.h"
#include "ops/parameters.h"
#include "ops/registry.h"
#include "s3reel/error.h"

namespace s3reel::fuzz {
namespace {

using ops::Parameters;

const ops::OpContext kNoFiles{
    .read = [](const auto&, auto) -> Bytes {
      throw Error(ErrorInfo{.kind = ErrorKind::usage, .operation = "op", .reason = "none here"});
    },
    .open_video = {}};

template <class Use>
void expect_usage_error(Use use) {
  try {
    use();
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::usage, "what the user wrote is the user's error");
    require(!error.info().reason.empty(), "a refusal says why");
  }
}

Parameters given(const std::string& value) {
  static const std::vector<ops::ParameterSpec> specs{
      {.name = "it", .value = "N", .fallback = "", .help = ""}};
  return {"op", specs, {{"it", value}}, kNoFiles};
}

void check_getters(const std::string& text) {
  expect_usage_error([&] {
    constexpr double kMost = 1e9;
    const double value = given(text).number("it", -1.0, kMost);
    require(value >= -1.0 && value <= kMost, "a number is inside its range");
    require(
        given(fmt::format("{}", value)).number("it", -1.0, kMost) == value,
        "it is read as written");
  });
  expect_usage_error([&] {
    const int value = given(text).integer("it", -3, 70'000);
    require(value >= -3 && value <= 70'000, "a whole number is inside its range");
    require(given(std::to_string(value)).integer("it", -3, 70'000) == value, "as written");
  });
  expect_usage_error([&] {
    const std::string rate = given(text).rate("it");
    require(rate.front() != '-' && rate.front() != '0', "a rate is more than nothing");
    require(given(rate).rate("it") == rate, "a rate is read as written");
  });
  expect_usage_error([&] {
    std::uint8_t once[4];
    std::uint8_t again[4];
    const std::string color = given(text).color("it");
    av_parse_color(once, color.c_str(), -1, nullptr);
    av_parse_color(again, color.c_str(), -1, nullptr);
    require(std::equal(std::begin(once), std::end(once), again), "a colour is always the same one");
  });
  expect_usage_error([&] {
    const std::string choice = given(text).choice("it", {"left", "right"});
    require(choice == "left" || choice == "right", "a choice is one of its list");
  });
}

/// What these open lies on this machine, or takes long: fonts.
bool opens_files(const BuiltInOp& op) {
  return op.name == "lut" || op.name == "text" || op.name == "timecode";
}

void check_op(const BuiltInOp& spec) {
  const OpFactory factory = ops::factory(spec, kNoFiles);
  const auto op = factory();
  require(op->name() == spec.name, "an op has its name");
  const auto again = factory();
  const VideoFacts facts{
      .shape = {.format = "yuv420p", .width = 64, .height = 48},
      .time_base = {1, 1000},
      .frame_rate = {25, 1},
      .sample_aspect = {1, 1}};
  const VideoFacts seen = op->output(facts);
  require(seen.shape.width > 0 && seen.shape.height > 0, "a picture has a size");
  require(seen.time_base.num > 0 && seen.time_base.den > 0, "times have a base");
  require(
      op->contract().changes_size ||
          (seen.shape.width == facts.shape.width && seen.shape.height == facts.shape.height),
      "a change of size is declared");
  const VideoFacts other = again->output(facts);
  require(
      seen.shape.width == other.shape.width && seen.shape.height == other.shape.height,
      "two of one kind are the same");
}

}  // namespace

void examine(const Bytes& input) {
  media::silence_libraries();
  const std::string text = Input(input).text();
  check_getters(text);
  expect_usage_error([&] {
    const BuiltInOp op = cli::parse_op({.option = "--op", .text = text});
    if (!opens_files(op)) {
      check_op(op);
    }
  });
}

}  // namespace s3reel::fuzz
