#include "cli/option_table.h"

#include <iterator>

#include "cli/process_options.h"
#include "cli/store_options.h"

namespace s3reel::cli {
namespace {

std::vector<StoreSettings*> object_store(Invocation& invocation) {
  return {&invocation.object.store};
}

PositionalSpec object_positional(const std::string& name, const std::string& help) {
  return PositionalSpec{
      .name = name, .help = help, .apply = [](Invocation& invocation, const Given& given) {
        invocation.object.url = parse_text(given);
      }};
}

OptionSpec quiet_option() {
  return OptionSpec{
      .names = {"--quiet", "-q"},
      .placeholder = "",
      .group = "Output",
      .help = "say nothing but errors and losses",
      .apply = [](Invocation& invocation, const Given& given) {
        static_cast<void>(given);
        invocation.verbosity = Verbosity::quiet;
      }};
}

OptionSpec verbose_option() {
  return OptionSpec{
      .names = {"--verbose", "-v"},
      .placeholder = "",
      .group = "Output",
      .help = "say every decision and every request; secrets are never shown",
      .apply = [](Invocation& invocation, const Given& given) {
        if (invocation.verbosity == Verbosity::quiet) {
          refuse({given.option, given.option}, "contradicts --quiet", "keep one of them");
        }
        invocation.verbosity = Verbosity::verbose;
      }};
}

OptionSpec help_option() {
  return OptionSpec{
      .names = {"--help", "-h"},
      .placeholder = "",
      .group = "Output",
      .help = "show this help",
      .apply = [](Invocation& invocation, const Given& given) {
        static_cast<void>(given);
        invocation.command = Command::help;
      }};
}

OptionSpec json_option(const std::string& help) {
  return OptionSpec{
      .names = {"--json"},
      .placeholder = "",
      .group = "Output",
      .help = help,
      .apply = [](Invocation& invocation, const Given& given) {
        static_cast<void>(given);
        invocation.print_format = PrintFormat::json;
      }};
}

CommandSpec process_command() {
  CommandSpec spec{
      .command = Command::process,
      .name = "process",
      .summary = "stream a video through a chain of ops into a new object",
      .positionals = process_positionals(),
      .options = process_options(),
      .examples =
          "s3reel process s3://videos/in.mp4 s3://videos/gray.mp4 --op grayscale\n"
          "s3reel process s3://videos/in.mkv s3://videos/out.mp4 --video-codec libx265\n"
          "s3reel process s3://videos/in.mov s3://videos/out.mp4 --dry-run"};
  append(spec.options, {quiet_option(), verbose_option(), help_option()});
  return spec;
}

CommandSpec probe_command() {
  CommandSpec spec{
      .command = Command::probe,
      .name = "probe",
      .summary = "show the streams, codecs and times of a video, reading little of it",
      .positionals = {object_positional(
          "SOURCE", "s3://bucket/key, https://host/path or a local file")},
      .options = {json_option("print one JSON object")},
      .examples =
          "s3reel probe s3://videos/in.mp4\n"
          "s3reel probe in.mkv --json"};
  append(spec.options, store_options(object_store, "the store"));
  append(spec.options, {ca_bundle_option(object_store)});
  append(spec.options, retry_options(object_store));
  append(spec.options, {quiet_option(), verbose_option(), help_option()});
  return spec;
}

CommandSpec presign_command() {
  constexpr Range kSeconds{1, 7LL * 24 * 3600};  // SigV4 allows a week at most
  CommandSpec spec{
      .command = Command::presign,
      .name = "presign",
      .summary = "print a URL with which anyone can read (or write) one object for a while",
      .positionals = {object_positional("URL", "s3://bucket/key")},
      .options =
          {OptionSpec{
               .names = {"--expires"},
               .placeholder = "TIME",
               .group = "The URL",
               .help = "how long it works: 90s, 15m, 1h, at most 7d (default 1h)",
               .apply =
                   [kSeconds](Invocation& invocation, const Given& given) {
                     invocation.expires = parse_duration(given, kSeconds);
                   }},
           OptionSpec{
               .names = {"--method"},
               .placeholder = "METHOD",
               .group = "The URL",
               .help = "what it allows: GET or PUT (default GET)",
               .apply =
                   [](Invocation& invocation, const Given& given) {
                     parse_choice(given, {"GET", "PUT"});
                     invocation.method = given.text;
                   }}},
      .examples =
          "s3reel presign s3://videos/out.mp4\n"
          "s3reel presign s3://videos/upload.mp4 --method PUT --expires 15m"};
  append(spec.options, store_options(object_store, "the store"));
  append(spec.options, {help_option()});
  return spec;
}

OptionSpec cleaning_flag(
    const std::string& name, const std::string& help, bool CleanOptions::*flag) {
  return OptionSpec{
      .names = {name},
      .placeholder = "",
      .group = "What is removed",
      .help = help,
      .apply = [flag](Invocation& invocation, const Given& given) {
        static_cast<void>(given);
        invocation.cleaning.*flag = true;
      }};
}

CommandSpec clean_command() {
  constexpr Range kSeconds{0, 3650LL * 24 * 3600};
  CommandSpec spec{
      .command = Command::clean,
      .name = "clean",
      .summary = "remove the unfinished uploads that killed jobs left below a prefix",
      .positionals = {object_positional(
          "PREFIX", "s3://bucket/prefix, or s3://bucket for all of it")},
      .options =
          {OptionSpec{
               .names = {"--older-than"},
               .placeholder = "TIME",
               .group = "What is removed",
               .help = "only what was not active for this long: 90s, 15m, 1h, 7d (default 1d)",
               .apply =
                   [kSeconds](Invocation& invocation, const Given& given) {
                     invocation.cleaning.older_than = parse_duration(given, kSeconds);
                   }},
           cleaning_flag("--dry-run", "only show what would be removed", &CleanOptions::dry_run),
           cleaning_flag(
               "--force",
               "remove also uploads that are probably ours, though no record names them",
               &CleanOptions::force),
           json_option("print one JSON object a line")},
      .examples =
          "s3reel clean s3://videos/ --dry-run\n"
          "s3reel clean s3://videos/encoded/ --older-than 12h"};
  append(spec.options, store_options(object_store, "the store"));
  append(spec.options, {ca_bundle_option(object_store)});
  append(spec.options, retry_options(object_store));
  append(spec.options, {quiet_option(), verbose_option(), help_option()});
  return spec;
}

CommandSpec ops_command() {
  return {
      .command = Command::ops,
      .name = "ops",
      .summary = "list s3reel's own ops, with their parameters and an example",
      .positionals = {PositionalSpec{
          .name = "NAME",
          .help = "one op (default: all)",
          .apply = [](Invocation& invocation,
                      const Given& given) { invocation.op = parse_text(given); },
          .required = false}},
      .options = {json_option("print one JSON array"), help_option()},
      .examples =
          "s3reel ops\n"
          "s3reel ops redact"};
}

CommandSpec plugin_command() {
  return {
      .command = Command::plugin,
      .name = "plugin",
      .summary = "load a plugin and try it out, before a job trusts it",
      .positionals =
          {PositionalSpec{
               .name = "check",
               .help = "what to do with it",
               .apply =
                   [](Invocation& invocation, const Given& given) {
                     static_cast<void>(invocation);
                     parse_choice(given, {"check"});
                   }},
           PositionalSpec{
               .name = "LIB",
               .help = "a shared library, with parameters behind a colon: ./libmine.so:radius=3",
               .apply =
                   [](Invocation& invocation, const Given& given) {
                     invocation.plugin = parse_plugin(given);
                   }}},
      .options = {verbose_option(), help_option()},
      .examples = "s3reel plugin check ./libmine.so:radius=3"};
}

}  // namespace

void append(std::vector<OptionSpec>& to, std::vector<OptionSpec> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> table{
      process_command(),
      probe_command(),
      presign_command(),
      clean_command(),
      ops_command(),
      plugin_command()};
  return table;
}

}  // namespace s3reel::cli
