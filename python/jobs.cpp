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
  return CustomOp{nb::cast<std::string>(op.attr("name")), python_op(op, raised)};
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
  ProgressBox box;
  const auto look = [&] {
    if (const auto newest = box.take(); newest && !progress.is_none()) {
      progress(progress_of(*newest));
    }
  };
  try {
    const Report report = run_interruptibly<Report>(
        [&](std::stop_token stop) { return process(job, box, std::move(stop)); }, look);
    return to_python(app::report_json(report));
  } catch (const Error& error) {
    const bool by_op = error.info().kind == ErrorKind::op;
    raise(error, by_op ? raised->behind(error.info().reason) : nb::none());
    throw nb::python_error();
  }
}

nb::object run_probe(const std::vector<std::string>& arguments) {
  const Location source = cli::parse_arguments(arguments).object;
  ProgressBox box;
  const Probe found = run_interruptibly<Probe>(
      [&](std::stop_token stop) { return probe(source, box, std::move(stop)); }, [] {});
  return to_python(app::probe_json(found));
}

/// The callable's op. What its module raises is a wrong argument, and `raised` has the traceback.
OpFactory load_op(
    const nb::object& load, const std::string& callable, const std::shared_ptr<Raised>& raised) {
  const nb::gil_scoped_acquire gil;
  try {
    return python_op(load(callable), raised);
  } catch (nb::python_error& error) {
    const bool worded = error.matches(nb::module_::import_("s3reel._errors").attr("UsageError"));
    const std::string reason =
        worded ? nb::cast<std::string>(nb::str(error.value())) : raised->note(error);
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage, .operation = "--python", .subject = callable, .reason = reason});
  }
}

/// The command with Python in it: --python, and another first line of --version.
int run_command(const std::vector<std::string>& arguments, const nb::object& load) {
  const auto raised = std::make_shared<Raised>();
  cli::Engine engine = cli::library_engine();
  engine.python_op = [&](const std::string& callable) {
    return load_op(load, callable, raised);
  };
  const std::string python = PY_VERSION;
  engine.version_lines = [&] {
    std::vector<std::string> lines = version_lines();
    lines.insert(lines.begin() + 1, "Python module, Python " + python);
    return lines;
  };
  int code = 0;
  {
    const nb::gil_scoped_release released;
    code = cli::run(arguments, engine, cli::process_host());
  }
  if (const nb::object newest = raised->newest(); code != 0 && !newest.is_none()) {
    nb::module_::import_("traceback").attr("print_exception")(newest);
  }
  return code;
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
