#include "cli/arguments.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/report_file.h"
#include "cli/text.h"
#include "s3reel/error.h"

namespace s3reel::cli {
namespace {

const char* const kTryHelp = "try 's3reel --help'";

[[noreturn]] void usage_error(
    const std::string& where, const std::string& reason, const std::string& hint) {
  throw Error(
      ErrorInfo{.kind = ErrorKind::usage, .operation = where, .reason = reason, .hint = hint});
}

/// "--name" of "--name=value": the value may be anything, a secret too, and is not repeated.
std::string option_name(const std::string& word) {
  return one_line(word.substr(0, word.find('=')));
}

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

bool names_option(const std::string& word, std::string_view option) {
  return word == option || (word.starts_with(option) && word[option.size()] == '=');
}

bool is_short_form(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return names_option(word, kShortFormInput) || names_option(word, kShortFormOutput);
  });
}

std::vector<std::string> all_names(const CommandSpec& spec) {
  std::vector<std::string> names;
  for (const auto& option : spec.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

[[noreturn]] void refuse_unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const auto& spec : command_table()) {
    names.push_back(spec.name);
  }
  const auto guess = nearest(word, names);
  usage_error(
      "s3reel",
      fmt::format("unknown command '{}'", option_name(word)),
      guess.empty() ? kTryHelp : fmt::format("did you mean '{}'?", guess));
}

/// The words that no option and no positional of `spec` took.
[[noreturn]] void refuse_extra(const CommandSpec& spec, const std::string& word) {
  const auto where = "s3reel " + spec.name;
  const auto help = fmt::format("try '{} --help'", where);
  if (!is_option(word)) {
    usage_error(where, fmt::format("unexpected argument '{}'", one_line(word)), help);
  }
  const auto name = option_name(word);
  const auto guess = nearest(name, all_names(spec));
  usage_error(
      where,
      fmt::format("unknown option '{}'", name),
      guess.empty() ? help : fmt::format("did you mean '{}'?", guess));
}

/// CLI11 would take the word behind "--crf=" as its value.
void refuse_empty_values(const CommandSpec& spec, const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word == "--") {
      return;
    }
    if (word.starts_with("--") && word.find('=') == word.size() - 1) {
      usage_error(
          "s3reel " + spec.name,
          fmt::format("'{}' has no value", option_name(word)),
          "write a value behind the = or leave the option out");
    }
  }
}

/// One command's options and positionals, given to CLI11, which cuts the words up; what the values
/// mean is the table's business.
class CommandParser {
 public:
  explicit CommandParser(const CommandSpec& spec) : spec_(spec), app_(spec.summary, spec.name) {
    app_.set_help_flag();
    app_.allow_extras();
    for (const auto& option : spec.options) {
      std::string names;
      for (const auto& name : option.names) {
        names += (names.empty() ? "" : ",") + name;
      }
      options_.push_back(option.placeholder.empty() ? add_flag(names) : add_option(names));
    }
    for (const auto& positional : spec.positionals) {
      positionals_.push_back(app_.add_option(positional.name));
    }
  }

  Invocation parse(std::vector<std::string> words) {
    refuse_empty_values(spec_, words);
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::ArgumentMismatch&) {
      usage_error(
          "s3reel " + spec_.name,
          "an option at the end has no value, or a flag has one",
          fmt::format("try 's3reel {} --help'", spec_.name));
    } catch (const CLI::ParseError& error) {
      usage_error("s3reel " + spec_.name, one_line(error.what()), kTryHelp);
    }
    Invocation invocation{.command = spec_.command};
    if (app_.count("--help") > 0) {
      invocation.command = Command::help;
      invocation.help_text = command_help(spec_);
      return invocation;
    }
    refuse_extras();
    apply_options(invocation);
    apply_in_order(invocation);
    apply_positionals(invocation);
    return invocation;
  }

 private:
  CLI::Option* add_flag(const std::string& names) {
    return app_.add_flag(names)->disable_flag_override();
  }

  CLI::Option* add_option(const std::string& names) {
    return app_.add_option(names)->allow_extra_args(false)->multi_option_policy(
        CLI::MultiOptionPolicy::TakeAll);
  }

  void refuse_extras() const {
    for (const auto& word : app_.remaining()) {
      if (word != "--") {
        refuse_extra(spec_, word);
      }
    }
  }

  void apply_options(Invocation& invocation) const {
    for (std::size_t i = 0; i < options_.size(); ++i) {
      const auto& option = spec_.options[i];
      const auto& name = option.names.front();
      if (option.placeholder.empty()) {
        if (options_[i]->count() > 0) {
          option.apply(invocation, Given{name, ""});
        }
        continue;
      }
      if (option.repeat == Repeat::in_order) {
        continue;
      }
      const auto& values = options_[i]->results();
      if (values.size() > 1 && option.repeat == Repeat::once) {
        usage_error(name, "given more than once", "keep one of them");
      }
      for (const auto& value : values) {
        option.apply(invocation, Given{name, value});
      }
    }
  }

  void apply_in_order(Invocation& invocation) const {
    std::map<const CLI::Option*, std::size_t> taken;
    for (const CLI::Option* parsed : app_.parse_order()) {
      const auto found = std::find(options_.begin(), options_.end(), parsed);
      if (found == options_.end()) {
        continue;
      }
      const auto& option = spec_.options[static_cast<std::size_t>(found - options_.begin())];
      if (option.repeat == Repeat::in_order) {
        const auto& value = parsed->results().at(taken[parsed]++);
        option.apply(invocation, Given{option.names.front(), value});
      }
    }
  }

  void apply_positionals(Invocation& invocation) const {
    const bool short_form = spec_.command == Command::process &&
                            app_.count(kShortFormInput) + app_.count(kShortFormOutput) > 0;
    for (std::size_t i = 0; i < positionals_.size(); ++i) {
      const auto& positional = spec_.positionals[i];
      if (positionals_[i]->count() == 0) {
        if (!short_form && positional.required) {
          usage_error(
              "s3reel " + spec_.name,
              fmt::format("{} is missing", positional.name),
              "write " + usage_line(spec_));
        }
        continue;
      }
      const auto& value = positionals_[i]->results().front();
      if (short_form) {
        refuse_extra(spec_, value);
      }
      positional.apply(invocation, Given{positional.name, value});
    }
  }

  const CommandSpec& spec_;
  CLI::App app_;
  std::vector<CLI::Option*> options_;  ///< owned by app_, in the order of the table
  std::vector<CLI::Option*> positionals_;
};

/// The short form's chain begins with grayscale, whatever else is asked for.
void complete_short_form(Invocation& invocation) {
  auto& job = invocation.job;
  for (const auto& [option, url] :
       {std::pair{kShortFormInput, &job.source.url},
        std::pair{kShortFormOutput, &job.destination.url}}) {
    if (url->empty()) {
      usage_error(
          "s3reel",
          fmt::format("{} is missing", option),
          fmt::format("the short form is s3reel {} URL {} URL", kShortFormInput, kShortFormOutput));
    }
  }
  job.ops.insert(job.ops.begin(), BuiltInOp{.name = "grayscale"});
}

// A file has many names. What is no path, s3://bucket/key, is taken for one that nobody has.
bool is_same_file(const std::string& path, const std::string& location) {
  constexpr std::string_view kFileScheme = "file://";
  const bool is_url = location.starts_with(kFileScheme);
  const std::string other = is_url ? location.substr(kFileScheme.size()) : location;
  std::error_code failed;
  const auto resolve = [&failed](const std::string& name) {
    // Made absolute first: of a path of which nothing exists only that makes one name.
    const auto absolute =
        failed ? std::filesystem::path() : std::filesystem::absolute(name, failed);
    return failed ? absolute : std::filesystem::weakly_canonical(absolute, failed);
  };
  return resolve(path) == resolve(other) && !failed;
}

void check_combinations(const Invocation& invocation) {
  const auto& job = invocation.job;
  for (const std::string& url : {job.source.url, job.destination.url}) {
    if (!invocation.report_file.empty() && invocation.report_file != "-" &&
        is_same_file(invocation.report_file, url)) {
      usage_error(
          "--report",
          fmt::format("{} is the video, and the report would replace it", url),
          "give the report another file");
    }
  }
  if (invocation.report_file.starts_with("s3://")) {
    usage_error(
        "--report",
        "the report is written on this machine, not into a store",
        "give a local file, or - for standard output");
  }
  if (!invocation.report_file.empty() && invocation.report_file != "-") {
    check_report(invocation.report_file);
  }
  if (invocation.report_file == "-" && job.destination.url == "-") {
    usage_error(
        "--report",
        "standard output cannot hold the report and the video",
        "give the report a file");
  }
}

Invocation top_level(const std::string& word) {
  if (word == "--help" || word == "-h") {
    return Invocation{.command = Command::help, .help_text = general_help()};
  }
  if (word == "--version") {
    return Invocation{.command = Command::version};
  }
  if (is_option(word)) {
    usage_error(
        "s3reel",
        fmt::format("unexpected option '{}' before a command", option_name(word)),
        "begin with process, probe, presign, clean, ops or plugin, or try 's3reel --help'");
  }
  refuse_unknown_command(word);
}

}  // namespace

Invocation parse_arguments(std::vector<std::string> arguments) {
  if (arguments.empty()) {
    usage_error(
        "s3reel",
        "no command",
        "write for example s3reel process SOURCE DESTINATION --op grayscale, or try 's3reel "
        "--help'");
  }
  const bool short_form = is_short_form(arguments);
  if (short_form && is_option(arguments.front())) {
    arguments.insert(arguments.begin(), "process");
  }
  for (const auto& spec : command_table()) {
    if (spec.name != arguments.front()) {
      continue;
    }
    arguments.erase(arguments.begin());
    auto invocation = CommandParser(spec).parse(std::move(arguments));
    if (short_form && invocation.command == Command::process) {
      complete_short_form(invocation);
    }
    check_combinations(invocation);
    return invocation;
  }
  return top_level(arguments.front());
}

}  // namespace s3reel::cli
