#include "cli/op_printer.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

std::vector<OpDescription> chosen(
    const std::vector<OpDescription>& catalogue, const std::string& name) {
  if (name.empty()) {
    return catalogue;
  }
  const auto found = std::find_if(
      catalogue.begin(), catalogue.end(), [&](const OpDescription& op) { return op.name == name; });
  if (found == catalogue.end()) {
    std::vector<std::string> names;
    names.reserve(catalogue.size());
    for (const OpDescription& op : catalogue) {
      names.push_back(op.name);
    }
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "ops",
        .subject = name,
        .reason = "there is no such op",
        .hint = fmt::format("known ops: {}", fmt::join(names, ", "))});
  }
  return {*found};
}

std::string parameter_line(const OpParameter& parameter) {
  const std::string given = fmt::format("{}={}", parameter.name, parameter.value);
  const std::string fallback = parameter.required ? " (required)"
                               : parameter.fallback.empty()
                                   ? ""
                                   : fmt::format(" (default {})", parameter.fallback);
  return fmt::format("    {:<20}{}{}\n", given, parameter.help, fallback);
}

const char* temporal_word(Temporal temporal) {
  switch (temporal) {
    case Temporal::stateless:
      return "looks at one frame alone";
    case Temporal::window:
      return "looks at a frame and its neighbours";
    case Temporal::sequential:
      break;
  }
  return "looks at frames in their order";
}

}  // namespace

std::string describe_ops(const std::vector<OpDescription>& catalogue, const std::string& name) {
  std::string text;
  for (const OpDescription& op : chosen(catalogue, name)) {
    text += fmt::format("{}{}: {}\n", text.empty() ? "" : "\n", op.name, op.summary);
    for (const OpParameter& parameter : op.parameters) {
      text += parameter_line(parameter);
    }
    text += fmt::format("    e.g. --op {}\n", op.example);
  }
  return text;
}

std::string ops_as_json(const std::vector<OpDescription>& catalogue, const std::string& name) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const OpDescription& op : chosen(catalogue, name)) {
    nlohmann::ordered_json parameters = nlohmann::ordered_json::array();
    for (const OpParameter& one : op.parameters) {
      parameters.push_back(
          {{"name", one.name},
           {"value", one.value},
           {"default", one.fallback},
           {"required", one.required},
           {"help", one.help}});
    }
    all.push_back(
        {{"name", op.name},
         {"summary", op.summary},
         {"example", op.example},
         {"parameters", parameters}});
  }
  return all.dump(2) + "\n";
}

std::string describe_plugin(const PluginDescription& plugin) {
  const OpContract& contract = plugin.contract;
  std::string text =
      fmt::format("{}: {} {}, {}\n", plugin.path, plugin.name, plugin.version, plugin.summary);
  text += fmt::format(
      "  {}{}\n", temporal_word(contract.temporal), contract.in_place ? ", works in place" : "");
  text += fmt::format(
      "  takes {}\n",
      contract.formats.empty() ? "every pixel format"
                               : fmt::format("{}", fmt::join(contract.formats, ", ")));
  for (const std::string& one : plugin.tried) {
    text += fmt::format("  {}\n", one);
  }
  return text + "  ok\n";
}

}  // namespace s3reel::cli
