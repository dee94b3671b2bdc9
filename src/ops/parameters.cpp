#include "ops/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "media/ffmpeg.h"
#include "ops/color.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

std::string listed(const std::vector<ParameterSpec>& specs) {
  std::vector<std::string> names;
  names.reserve(specs.size());
  for (const ParameterSpec& spec : specs) {
    names.push_back(spec.name);
  }
  return names.empty() ? "it takes none" : fmt::format("it takes {}", fmt::join(names, ", "));
}

template <class Number>
bool parse(const std::string& text, Number& value) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end;
}

}  // namespace

Parameters::Parameters(
    std::string op,
    const std::vector<ParameterSpec>& specs,
    const std::map<std::string, std::string>& given,
    const OpContext& context)
    : op_(std::move(op)), values_(given), context_(context) {
  for (const auto& one : given) {
    const bool known = std::any_of(specs.begin(), specs.end(), [&](const ParameterSpec& spec) {
      return spec.name == one.first;
    });
    if (!known) {
      refuse(one.first, "the op has no such parameter", listed(specs));
    }
  }
  for (const ParameterSpec& spec : specs) {
    if (values_.contains(spec.name)) {
      continue;
    }
    if (spec.required) {
      refuse(spec.name, "the op needs it", fmt::format("write {}={}", spec.name, spec.value));
    }
    if (!spec.fallback.empty()) {
      values_[spec.name] = spec.fallback;
    }
  }
}

void Parameters::refuse(
    const std::string& name, const std::string& reason, const std::string& hint) const {
  const auto given = values_.find(name);
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = fmt::format("op {}", op_),
      .subject = given == values_.end() ? name : fmt::format("{}={}", name, given->second),
      .reason = reason,
      .hint = hint});
}

bool Parameters::has(const std::string& name) const {
  return values_.contains(name);
}

const std::string& Parameters::text(const std::string& name) const {
  return values_.at(name);
}

double Parameters::number(const std::string& name, double lowest, double highest) const {
  const std::string hint = fmt::format("write a number from {} to {}", lowest, highest);
  double value = 0.0;
  if (!parse(text(name), value) || !std::isfinite(value)) {
    refuse(name, "not a number", hint);
  }
  if (value < lowest || value > highest) {
    refuse(name, "out of range", hint);
  }
  return value;
}

int Parameters::integer(const std::string& name, int lowest, int highest) const {
  const std::string hint = fmt::format("write a whole number from {} to {}", lowest, highest);
  int value = 0;
  if (!parse(text(name), value)) {
    refuse(name, "not a whole number", hint);
  }
  if (value < lowest || value > highest) {
    refuse(name, "out of range", hint);
  }
  return value;
}

std::string Parameters::choice(
    const std::string& name, const std::vector<std::string>& choices) const {
  if (std::find(choices.begin(), choices.end(), text(name)) == choices.end()) {
    refuse(name, "unknown value", fmt::format("write one of {}", fmt::join(choices, ", ")));
  }
  return text(name);
}

std::string Parameters::color(const std::string& name) const {
  if (!is_color(text(name))) {
    refuse(name, "not a colour", "write a name such as black, or #RRGGBB, and @0.5 for half of it");
  }
  return text(name);
}

std::vector<std::byte> Parameters::content(const std::string& name, std::uint64_t most) const {
  return context_.read(text(name), most);
}

std::string Parameters::rate(const std::string& name) const {
  AVRational rate{0, 1};
  if (av_parse_video_rate(&rate, text(name).c_str()) < 0) {
    refuse(name, "not a frame rate", "write for example 25, 29.97 or 30000/1001");
  }
  return fmt::format("{}/{}", rate.num, rate.den);
}

}  // namespace s3reel::ops
