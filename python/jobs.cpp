#include "jobs.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <nlohmann/json.hpp>

#include "app/report_json.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "cli/values.h"
#include "errors.h"
#include "interruptible.h"
#include "job_call.h"
#include "json_objects.h"
#include "lifetime.h"
#include "options.h"
#include "python_op.h"
#include "s3reel/op_catalogue.h"
#include "s3reel/s3reel.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

nb::object progress_of(const Progress& progress) {
  return nb::module_::import_("s3reel._jobs")
      .attr("Progress")(
          progress.position_seconds,
          progress.duration_seconds,
          progress.frames,
          progress.elapsed_seconds,
          progress.bytes_read,
          progress.bytes_written,
          progress.memory);
}

std::map<std::string, std::string> strings_of_dict(const nb::handle& dict) {
  std::map<std::string, std::string> strings;
  for (const auto& [name, value] : nb::borrow<nb::dict>(dict)) {
    strings.emplace(utf8(name), bytes_of(value));
  }
  return strings;
}

/// One step as s3reel._ops wrote it down: its kind, and what that needs.
OpSpec spec_of(const nb::handle& step, const std::shared_ptr<Raised>& raised) {
  const auto kind = nb::cast<std::string>(step[0]);
  if (kind == "op") {
    return cli::parse_op({"ops", bytes_of(step[1])});
  }
  if (kind == "filter") {
    return GraphOp{bytes_of(step[1]), strings_of_dict(step[2])};
  }
  if (kind == "plugin") {
    return PluginOp{cli::parse_text({"plugin", bytes_of(step[1])}), strings_of_dict(step[2])};
  }
  const nb::object op = nb::borrow(step[1]);
  return CustomOp{utf8(op.attr("name")), python_op(op, raised)};
}

Job job_of(
    const cli::Invocation& asked, const nb::list& steps, const std::shared_ptr<Raised>& raised) {
  Job job = asked.job;
  if (!job.ops.empty() && nb::len(steps) > 0) {
    refuse_option("op", "give all steps of the chain as ops");
  }
  for (const nb::handle step : steps) {
    job.ops.push_back(spec_of(step, raised));
  }
  return job;
}

nb::object run_job(const Words& words, const nb::list& steps, const nb::object& progress) {
  const auto raised = std::make_shared<Raised>();
  const cli::Invocation asked = asked_by(words);
  const JobCall call(job_of(asked, steps, raised), asked);
  Voice voice;
  const auto look = [&] {
    if (const auto newest = voice.take_progress(); newest && !progress.is_none()) {
      call_python(progress, progress_of(*newest));
    }
  };
  try {
    return to_python(run_interruptibly<nlohmann::ordered_json>(
        [&](std::stop_token stop) { return call.run(voice, std::move(stop)); },
        voice,
        {.on_raise = OnRaise::keep_result, .look = look}));
  } catch (const Error& error) {
    const bool by_op = error.info().kind == ErrorKind::op;
    raise(error, by_op ? raised->behind(error.info().reason) : nb::none());
    throw nb::python_error();
  }
}

nb::object run_probe(const Words& words) {
  const Location source = location_of(words);
  Voice voice;
  const Probe found = run_interruptibly<Probe>(
      [&](std::stop_token stop) { return probe(source, voice, std::move(stop)); }, voice);
  return to_python(app::probe_json(found));
}

/// The command with Python in it. Its functions are called by the thread that runs the command.
class PythonCommand {
 public:
  explicit PythonCommand(const nb::object& load) : load_(load) {}

  int run(const std::vector<std::string>& arguments) {
    const cli::Engine engine = this->engine();
    int code = 0;
    {
      const GilReleased released;
      code = cli::run(arguments, engine, cli::process_host());
    }
    if (const nb::object cause = blamed_.empty() ? nb::none() : raised_->behind(blamed_);
        !cause.is_none()) {
      nb::module_::import_("traceback").attr("print_exception")(cause);
    }
    return code;
  }

 private:
  /// --python, and another first line of --version.
  cli::Engine engine() {
    cli::Engine engine = cli::library_engine();
    engine.python_op = [this](const std::string& callable) {
      return load_op(callable);
    };
    engine.process = [this, process = engine.process](
                         const Job& job, Observer& observer, std::stop_token stop) {
      try {
        return process(job, observer, std::move(stop));
      } catch (const Error& error) {
        blamed_ = error.info().kind == ErrorKind::op ? error.info().reason : std::string();
        throw;
      }
    };
    engine.version_lines = [] {
      std::vector<std::string> lines = version_lines();
      lines.insert(lines.begin() + 1, std::string("Python module, Python ") + PY_VERSION);
      return lines;
    };
    return engine;
  }

  /// What the callable's module raises is a wrong argument.
  OpFactory load_op(const std::string& callable) {
    const GilHeld gil;
    try {
      return python_op(load_(path_text(callable)), raised_);
    } catch (nb::python_error& error) {
      const bool worded = error.matches(nb::module_::import_("s3reel._errors").attr("UsageError"));
      if (!worded) {
        blamed_ = raised_->note(error);
      }
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage,
          .operation = "--python",
          .subject = callable,
          .reason = worded ? utf8(error.value()) : blamed_});
    }
  }

  const nb::object& load_;
  const std::shared_ptr<Raised> raised_ = std::make_shared<Raised>();
  std::string blamed_;  ///< words of the exception that ended the command; empty: none did
};

int run_command(const Words& arguments, const nb::object& load) {
  return PythonCommand(load).run(strings_of(arguments));
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  for (const OpDescription& op : op_catalogue()) {
    names.push_back(op.name);
  }
  return names;
}

}  // namespace

void bind_jobs(nb::module_& module) {
  module.def("process", &run_job, nb::arg("words"), nb::arg("steps"), nb::arg("progress").none());
  module.def("probe", &run_probe, nb::arg("words"));
  module.def("op_names", &op_names);
  module.def("options_of", &options_of, nb::arg("command"));
  module.def("version_lines", &version_lines);
  module.def("run_command", &run_command, nb::arg("arguments"), nb::arg("load"));
}

}  // namespace s3reel::python
