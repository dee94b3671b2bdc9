#include "jobs.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "app/report_json.h"
#include "cli/arguments.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "cli/values.h"
#include "errors.h"
#include "interruptible.h"
#include "json_objects.h"
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

/// One step as s3reel._ops wrote it down: its kind, and what that needs.
OpSpec spec_of(const nb::handle& step, const std::shared_ptr<Raised>& raised) {
  const auto kind = nb::cast<std::string>(step[0]);
  if (kind == "op") {
    return cli::parse_op({"ops", nb::cast<std::string>(step[1])});
  }
  if (kind == "filter") {
    return GraphOp{
        nb::cast<std::string>(step[1]), nb::cast<std::map<std::string, std::string>>(step[2])};
  }
  if (kind == "plugin") {
    return cli::parse_plugin({"ops", nb::cast<std::string>(step[1])});
  }
  const nb::object op = nb::borrow(step[1]);
  return CustomOp{utf8(op.attr("name")), python_op(op, raised)};
}

/// The options are the command's, so that both mean and refuse the same.
Job job_of(
    const std::vector<std::string>& arguments,
    const nb::list& steps,
    const std::shared_ptr<Raised>& raised) {
  Job job = cli::parse_arguments(arguments).job;
  for (const nb::handle step : steps) {
    job.ops.push_back(spec_of(step, raised));
  }
  return job;
}

nb::object run_job(
    const std::vector<std::string>& arguments, const nb::list& steps, const nb::object& progress) {
  const auto raised = std::make_shared<Raised>();
  const Job job = job_of(arguments, steps, raised);
  Voice voice;
  const auto look = [&] {
    if (const auto newest = voice.take_progress(); newest && !progress.is_none()) {
      progress(progress_of(*newest));
    }
  };
  try {
    const Report report = run_interruptibly<Report>(
        [&](std::stop_token stop) { return process(job, voice, std::move(stop)); },
        voice,
        {.on_raise = OnRaise::keep_result, .look = look});
    return to_python(app::report_json(report));
  } catch (const Error& error) {
    const bool by_op = error.info().kind == ErrorKind::op;
    raise(error, by_op ? raised->behind(error.info().reason) : nb::none());
    throw nb::python_error();
  }
}

nb::object run_probe(const std::vector<std::string>& arguments) {
  const Location source = cli::parse_arguments(arguments).object;
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
      const nb::gil_scoped_release released;
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
    const nb::gil_scoped_acquire gil;
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

int run_command(const std::vector<std::string>& arguments, const nb::object& load) {
  return PythonCommand(load).run(arguments);
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
  module.def(
      "process", &run_job, nb::arg("arguments"), nb::arg("steps"), nb::arg("progress").none());
  module.def("probe", &run_probe, nb::arg("arguments"));
  module.def("op_names", &op_names);
  module.def("version_lines", &version_lines);
  module.def("run_command", &run_command, nb::arg("arguments"), nb::arg("load"));
}

}  // namespace s3reel::python
