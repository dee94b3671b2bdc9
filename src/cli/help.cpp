#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text.h"

namespace s3reel::cli {
namespace {

constexpr std::size_t kColumn = 26;  ///< where the descriptions begin
constexpr std::size_t kWidth = 80;

std::string row(const std::string& left, const std::string& right) {
  auto text = fmt::format("  {}", left);
  if (text.size() + 2 > kColumn) {
    text += fmt::format("\n{:{}}", "", kColumn);
  } else {
    text.resize(kColumn, ' ');
  }
  return text + wrapped(right, kWidth - kColumn, kColumn) + "\n";
}

std::string option_row(const OptionSpec& option) {
  std::string left;
  for (auto name = option.names.rbegin(); name != option.names.rend(); ++name) {
    left += (left.empty() ? "" : ", ") + *name;
  }
  return row(option.placeholder.empty() ? left : left + " " + option.placeholder, option.help);
}

std::string examples(const std::string& lines) {
  std::string text = "\nExamples:\n  ";
  for (const char c : lines) {
    text += c;
    text += c == '\n' ? "  " : "";
  }
  return text + "\n";
}

}  // namespace

std::string usage_line(const CommandSpec& spec) {
  std::string text = "s3reel " + spec.name;
  for (const auto& positional : spec.positionals) {
    text += positional.required ? " " + positional.name : " [" + positional.name + "]";
  }
  return text + " [options]";
}

std::string command_help(const CommandSpec& spec) {
  std::string text = fmt::format("Usage: {}\n\n", usage_line(spec));
  text += wrapped(fmt::format("s3reel {}: {}.", spec.name, spec.summary), kWidth, 0) + "\n\n";
  for (const auto& positional : spec.positionals) {
    text += row(positional.name, positional.help);
  }
  std::vector<std::string> groups;
  for (const auto& option : spec.options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) {
      groups.push_back(option.group);
    }
  }
  for (const auto& group : groups) {
    text += fmt::format("\n{}:\n", group);
    for (const auto& option : spec.options) {
      text += option.group == group ? option_row(option) : "";
    }
  }
  return text + examples(spec.examples);
}

std::string general_help() {
  std::string text =
      "s3reel streams a video out of S3, through a chain of ops, back into S3:\n"
      "constant memory, no temporary file, and never a truncated result.\n"
      "\n"
      "Usage:\n";
  for (const auto& spec : command_table()) {
    text += "  " + usage_line(spec) + "\n";
  }
  text += fmt::format(
      "  s3reel {} URL {} URL [options]\n"
      "  s3reel --version\n"
      "\n"
      "Commands ('s3reel COMMAND --help' shows the options of each):\n",
      kShortFormInput,
      kShortFormOutput);
  for (const auto& spec : command_table()) {
    text += row(spec.name, spec.summary);
  }
  text += row("(none)", "the short form: process ... --op grayscale");
  text += examples(
      "export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... AWS_REGION=eu-central-1\n"
      "s3reel process s3://videos/in.mp4 s3://videos/gray.mp4 --op grayscale\n"
      "s3reel --s3_input_path s3://videos/in.mp4 --s3_output_path s3://videos/g.mp4\n"
      "s3reel probe s3://videos/g.mp4");
  text += "\nEnvironment:\n";
  text += row("AWS_ACCESS_KEY_ID", "who asks; keys are never options");
  text += row("AWS_SECRET_ACCESS_KEY", "the secret that goes with it");
  text += row("AWS_SESSION_TOKEN", "for temporary keys");
  text += row("AWS_REGION", "the region; else AWS_DEFAULT_REGION, else REGION_NAME");
  text += row("AWS_ENDPOINT_URL_S3", "a store that is not AWS; else AWS_ENDPOINT_URL");
  text += "\nExit codes:\n";
  text += row("0", "done, the whole result is published");
  text += row("1", "a defect in s3reel");
  text += row("2", "wrong usage");
  text += row("3", "the source is not a usable video: corrupt, truncated, no video stream");
  text += row("4", "the store said no: not found, denied, exists, changed under the job");
  text += row("5", "the store did not answer after all retries: try later");
  text += row("6", "an op failed");
  text += row("7", "a loss was refused");
  text += row("129, 130, 143", "interrupted by SIGHUP, SIGINT or SIGTERM, cleaned up");
  text +=
      "\nWith any code but 0 the destination is as it was before, unless the\n"
      "message says that this could not be settled.\n";
  return text;
}

}  // namespace s3reel::cli
