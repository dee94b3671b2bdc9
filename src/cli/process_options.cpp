#include "cli/process_options.h"

#include <iterator>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "base/units.h"
#include "cli/store_options.h"

namespace s3reel::cli {
namespace {

/// An option whose value goes through `take` into the job.
OptionSpec job_option(
    const std::string& name,
    const std::string& placeholder,
    const std::string& group,
    const std::string& help,
    const std::function<void(Job&, const Given&)>& take) {
  return OptionSpec{
      .names = {name},
      .placeholder = placeholder,
      .group = group,
      .help = help,
      .apply = [take](Invocation& invocation, const Given& given) {
        take(invocation.job, given);
      }};
}

OptionSpec repeated(OptionSpec option) {
  option.repeat = Repeat::many;
  return option;
}

OptionSpec in_order(OptionSpec option) {
  option.repeat = Repeat::in_order;
  return option;
}

constexpr const char* kProcessing = "Processing and encoding";

std::vector<OptionSpec> chain_options() {
  const char* const group = kProcessing;
  return {
      in_order(job_option(
          "--op",
          "NAME[:k=v,...]",
          group,
          "add a step to the chain, for example grayscale; may be repeated, the order counts",
          [](Job& job, const Given& given) { job.ops.push_back(parse_op(given)); })),
      in_order(job_option(
          "--filter",
          "GRAPH",
          group,
          "add a libavfilter graph to the chain, such as 'scale=1280:-2,hqdn3d'",
          [](Job& job, const Given& given) { job.ops.emplace_back(GraphOp{parse_text(given)}); })),
      in_order(job_option(
          "--filter-input",
          "NAME=URL",
          group,
          "another video for the input [NAME] of the --filter before it; may be repeated",
          [](Job& job, const Given& given) {
            auto* graph = job.ops.empty() ? nullptr : std::get_if<GraphOp>(&job.ops.back());
            if (graph == nullptr) {
              refuse(given, "there is no --filter before it", "write it behind its --filter");
            }
            parse_pair(given, graph->inputs);
          })),
      in_order(job_option(
          "--plugin",
          "LIB[:k=v,...]",
          group,
          "add a step of your own from a shared library (docs/plugins.md)",
          [](Job& job, const Given& given) { job.ops.emplace_back(parse_plugin(given)); })),
      OptionSpec{
          .names = {"--python"},
          .placeholder = "MOD:NAME",
          .group = group,
          .help = "add a callable of a Python module or file; with python3 -m s3reel only",
          .apply =
              [](Invocation& invocation, const Given& given) {
                Job& job = invocation.job;
                if (given.text.find(':') == std::string::npos) {
                  refuse(given, "not module:name", "write for example mine.py:blur");
                }
                invocation.python[job.ops.size()] = given.text;
                job.ops.emplace_back(CustomOp{"python " + given.text, nullptr});
              },
          .repeat = Repeat::in_order},
      job_option(
          "--on-op-error",
          "WHAT",
          group,
          "a frame on which a step fails: fail ends the job, skip-op lets it go on without the "
          "step, drop-frame leaves it out (default fail)",
          [](Job& job, const Given& given) {
            constexpr OnOpError kActions[] = {
                OnOpError::fail, OnOpError::skip_op, OnOpError::drop_frame};
            job.op_errors.action = kActions[parse_choice(given, {"fail", "skip-op", "drop-frame"})];
          }),
      job_option(
          "--max-op-errors",
          "N",
          group,
          "so many such frames, one more ends the job (default 100)",
          [](Job& job, const Given& given) {
            job.op_errors.budget =
                static_cast<std::uint64_t>(parse_integer(given, Range{0, 1'000'000}));
          }),
      job_option(
          "--op-threads",
          "N",
          group,
          "frames on which steps that look at one frame alone work at the same time (default: as "
          "many as processors)",
          [](Job& job, const Given& given) {
            job.op_threads = static_cast<int>(parse_integer(given, Range{1, 256}));
          })};
}

std::vector<OptionSpec> encoding_options() {
  const char* const group = kProcessing;
  return {
      job_option(
          "--video-codec",
          "NAME",
          group,
          "encoder: libx264, libx265, libsvtav1, libvpx-vp9, ...; copy takes the packets as they "
          "are (default: by the source's codec)",
          [](Job& job, const Given& given) { job.video.codec = parse_text(given); }),
      job_option(
          "--crf",
          "N",
          group,
          "constant quality, smaller is better (default: the encoder's)",
          [](Job& job, const Given& given) { job.video.crf = parse_number(given); }),
      job_option(
          "--preset",
          "NAME",
          group,
          "speed against size, in the encoder's own words: veryfast, medium, ...",
          [](Job& job, const Given& given) { job.video.preset = parse_text(given); }),
      job_option(
          "--bitrate",
          "RATE",
          group,
          "video bits per second instead of constant quality: 4M, 800k",
          [](Job& job, const Given& given) { job.video.bitrate = parse_bitrate(given); }),
      repeated(job_option(
          "--encoder-opt",
          "K=V",
          group,
          "any other option of the encoder, for example qp=0; may be repeated",
          [](Job& job, const Given& given) { parse_pair(given, job.video.options); })),
      job_option(
          "--threads",
          "N",
          group,
          "threads of decoder and encoder (default 0: by machine)",
          [](Job& job, const Given& given) {
            job.video.threads = static_cast<int>(parse_integer(given, Range{0, 1024}));
          })};
}

std::vector<OptionSpec> result_options() {
  const char* const group = "Result";
  return {
      job_option(
          "--format",
          "NAME",
          group,
          "mp4 (faststart), fmp4 (fragmented), mov or mkv (default: by the destination's "
          "extension, else mp4)",
          [](Job& job, const Given& given) {
            parse_choice(given, {"mp4", "fmp4", "mov", "mkv"});
            job.format = given.text;
          }),
      job_option(
          "--tolerate",
          "N",
          group,
          "damaged frames that do not end the job: replaced by the frame before, or skipped where "
          "nothing can be decoded (default 0)",
          [](Job& job, const Given& given) {
            job.tolerate = static_cast<std::uint64_t>(parse_integer(given, Range{0, 1'000'000}));
          }),
      job_option(
          "--no-clobber",
          "",
          group,
          "refuse to replace an existing destination",
          [](Job& job, const Given&) { job.no_clobber = true; }),
      job_option(
          "--in-place",
          "",
          group,
          "allow the destination to be the source",
          [](Job& job, const Given&) { job.in_place = true; }),
      OptionSpec{
          .names = {"--dry-run"},
          .placeholder = "",
          .group = group,
          .help = "say what would happen, encode and write nothing",
          .apply =
              [](Invocation& invocation, const Given&) {
                invocation.mode = RunMode::dry_run;
              }},
      OptionSpec{
          .names = {"--report"},
          .placeholder = "FILE",
          .group = group,
          .help = "write a JSON report at the end, of a failed job too; - is standard output",
          .apply = [](Invocation& invocation, const Given& given) {
            invocation.report_file = parse_text(given);
          }}};
}

OptionSpec progress_option() {
  return OptionSpec{
      .names = {"--progress"},
      .placeholder = "MODE",
      .group = "Output",
      .help =
          "auto, bar, plain, json or none (default auto: a bar on a terminal, else a line "
          "every 10 s); json makes every line on standard error a JSON object",
      .apply = [](Invocation& invocation, const Given& given) {
        constexpr ProgressMode kModes[] = {
            ProgressMode::automatic,
            ProgressMode::bar,
            ProgressMode::plain,
            ProgressMode::json,
            ProgressMode::none};
        invocation.progress = kModes[parse_choice(given, {"auto", "bar", "plain", "json", "none"})];
      }};
}

std::vector<OptionSpec> memory_options() {
  constexpr auto kMi = static_cast<std::int64_t>(base::kMiB);
  const char* const group = "Advanced";
  return {
      job_option(
          "--memory",
          "SIZE",
          group,
          "all buffers together, without the codecs (default a quarter of what the cgroup or the "
          "machine has, 64M to 1G)",
          [](Job& job, const Given& given) {
            job.memory.budget = parse_size(given, Range{kMi, kMi * 1024 * 1024});
          }),
      job_option(
          "--read-ahead",
          "SIZE",
          group,
          "bytes of the source held in memory (default 24M, less where --memory is small)",
          [](Job& job, const Given& given) {
            job.memory.read_ahead = parse_size(given, Range{kMi, kMi * 1024 * 64});
          }),
      job_option(
          "--part-size",
          "SIZE",
          group,
          "bytes of the first parts of an upload; later parts grow (default 8M, less where "
          "--memory is small)",
          [](Job& job, const Given& given) {
            // S3 takes parts of 5 MiB to 5 GiB.
            job.memory.part_size = parse_size(given, Range{5 * kMi, kMi * 1024 * 5});
          }),
      job_option(
          "--parts-in-flight",
          "N",
          group,
          "parts uploaded at the same time; one more is being filled (default 2)",
          [](Job& job, const Given& given) {
            job.memory.parts_in_flight = static_cast<int>(parse_integer(given, Range{1, 64}));
          })};
}

std::vector<OptionSpec> short_form_options() {
  const char* const group = "Short form";
  return {
      job_option(
          kShortFormInput,
          "URL",
          group,
          "SOURCE, when the command is left out",
          [](Job& job, const Given& given) { job.source.url = parse_text(given); }),
      job_option(
          kShortFormOutput,
          "URL",
          group,
          "DESTINATION, when the command is left out; the chain begins with grayscale",
          [](Job& job, const Given& given) { job.destination.url = parse_text(given); })};
}

}  // namespace

std::vector<PositionalSpec> process_positionals() {
  return {
      PositionalSpec{
          .name = "SOURCE",
          .help = "s3://bucket/key, https://host/path or a local file",
          .apply =
              [](Invocation& invocation, const Given& given) {
                invocation.job.source.url = parse_text(given);
              }},
      PositionalSpec{
          .name = "DESTINATION",
          .help = "s3://bucket/key, a local file, or - for standard output",
          .apply = [](Invocation& invocation, const Given& given) {
            invocation.job.destination.url = parse_text(given);
          }}};
}

std::vector<OptionSpec> process_options() {
  const StoreSelector both = [](Invocation& i) {
    return std::vector<StoreSettings*>{&i.job.source.store, &i.job.destination.store};
  };
  const StoreSelector source = [](Invocation& i) {
    return std::vector<StoreSettings*>{&i.job.source.store};
  };
  const StoreSelector destination = [](Invocation& i) {
    return std::vector<StoreSettings*>{&i.job.destination.store};
  };
  auto options = chain_options();
  append(options, encoding_options());
  append(options, result_options());
  append(options, store_options(both, "both stores"));
  append(options, {ca_bundle_option(both)});
  append(options, one_side_options(source, "source", "the source"));
  append(options, one_side_options(destination, "dest", "the destination"));
  append(options, {progress_option()});
  append(options, memory_options());
  append(options, retry_options(both));
  append(options, short_form_options());
  return options;
}

}  // namespace s3reel::cli
