#include "cli/run.h"

#include <exception>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report_json.h"
#include "cli/arguments.h"
#include "cli/console.h"
#include "cli/describe.h"
#include "cli/failure.h"
#include "cli/op_printer.h"
#include "cli/orphan_printer.h"
#include "cli/report_file.h"
#include "cli/signal_watcher.h"
#include "cli/text.h"

namespace s3reel::cli {
namespace {

ProgressMode progress_mode(const Invocation& invocation, const Host& host) {
  const bool json = invocation.progress == ProgressMode::json;
  if (invocation.verbosity == Verbosity::quiet && !json) {
    return ProgressMode::none;
  }
  if (invocation.progress != ProgressMode::automatic) {
    return invocation.progress;
  }
  return host.err_screen == Screen::terminal ? ProgressMode::bar : ProgressMode::plain;
}

/// As in the report of a finished job.
std::string program_version(const Engine& engine) {
  const auto lines = engine.version_lines();
  return lines.empty() ? std::string() : lines.front();
}

/// One command at work: its arguments, its voice, its signals.
class Run {
 public:
  Run(const Invocation& invocation, const Engine& engine, const Host& host)
      : invocation_(invocation),
        engine_(engine),
        host_(host),
        console_(
            host.err,
            Console::Settings{
                .progress = progress_mode(invocation, host),
                .verbosity = invocation.verbosity,
                .is_terminal = host.err_screen != Screen::other,
                .width = host.err_width,
                .ready =
                    [this] {
                      return !host_.err_ready || host_.err_ready(stop_.get_token());
                    }}),
        signals_([this](const std::string& text) { console_.say(text); }, stop_) {}

  int execute() {
    try {
      switch (invocation_.command) {
        case Command::process:
          invocation_.mode == RunMode::dry_run ? plan() : process();
          break;
        case Command::probe:
          probe();
          break;
        case Command::presign:
          print(
              engine_.presign(invocation_.object, invocation_.expires, invocation_.method) + "\n");
          break;
        case Command::clean:
          clean();
          break;
        case Command::ops:
          print(
              invocation_.print_format == PrintFormat::json
                  ? ops_as_json(engine_.op_catalogue(), invocation_.op)
                  : describe_ops(engine_.op_catalogue(), invocation_.op));
          break;
        case Command::plugin:
          print(describe_plugin(
              engine_.check_plugin(invocation_.plugin, console_, signals_.token())));
          break;
        case Command::help:
          print(invocation_.help_text);
          break;
        case Command::version:
          for (const auto& line : engine_.version_lines()) {
            print(line + "\n");
          }
          break;
      }
      flush_output(host_.out);
      return 0;
    } catch (...) {
      return fail(std::current_exception());
    }
  }

 private:
  void print(const std::string& text) { host_.out << text; }

  [[nodiscard]] Job job() const {
    Job job = invocation_.job;
    for (const auto& [place, callable] : invocation_.python) {
      std::get<CustomOp>(job.ops.at(place)).make = engine_.python_op(callable);
    }
    return job;
  }

  void process() {
    const auto report = engine_.process(job(), console_, signals_.token());
    published_ = true;
    console_.finish_progress();
    console_.say(summary_line(report));
    for (const auto& note : report.notes) {
      console_.say("note: " + note);
    }
    for (const auto& loss : report.losses) {
      console_.say_loss(loss);
    }
    save(app::report_json(report));
  }

  void plan() {
    const auto plan = engine_.plan(job(), console_, signals_.token());
    console_.finish_progress();
    if (invocation_.report_file != "-") {
      print(describe_plan(plan, invocation_.job));
    }
    save(app::plan_json(plan));
  }

  void probe() {
    const auto probe = engine_.probe(invocation_.object, console_, signals_.token());
    console_.finish_progress();
    print(
        invocation_.print_format == PrintFormat::json ? app::to_text(app::probe_json(probe))
                                                      : describe_probe(probe));
  }

  void clean() {
    OrphanPrinter printer(host_.out, invocation_, console_);
    const auto summary =
        engine_.clean(invocation_.object, invocation_.cleaning, printer, signals_.token());
    console_.say(summary_line(summary, invocation_.cleaning.dry_run));
  }

  void save(const nlohmann::ordered_json& json) {
    if (!invocation_.report_file.empty()) {
      write_report(invocation_.report_file, app::to_text(json), host_.out);
    }
  }

  int fail(const std::exception_ptr& error) {
    const auto failure = describe_failure(error, signals_.signal());
    console_.drop_progress();
    console_.say_failure(failure);
    if (published_ || invocation_.command != Command::process) {
      return failure.exit_code;
    }
    try {
      save(failed_report(program_version(engine_), invocation_.job, failure));
    } catch (...) {
      console_.say_failure(describe_failure(std::current_exception(), 0));
    }
    return failure.exit_code;
  }

  const Invocation& invocation_;
  const Engine& engine_;
  const Host& host_;
  std::stop_source stop_;
  Console console_;
  SignalWatcher signals_;  ///< behind the console, which its threads use
  bool published_ = false;
};

int report_early(const Host& host) {
  const auto failure = describe_failure(std::current_exception(), 0);
  host.err << fmt::format("s3reel: error: {}\n", failure.message) << std::flush;
  return failure.exit_code;
}

}  // namespace

int run(
    const std::vector<std::string>& arguments, const Engine& engine, const Host& host) noexcept {
  try {
    const auto invocation = parse_arguments(arguments);
    return Run(invocation, engine, host).execute();
  } catch (...) {
    return report_early(host);
  }
}

}  // namespace s3reel::cli
