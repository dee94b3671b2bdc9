#include "job_call.h"

#include <exception>
#include <iostream>
#include <utility>

#include <nlohmann/json.hpp>

#include "app/report_json.h"
#include "cli/failure.h"
#include "cli/report_file.h"

namespace s3reel::python {

JobCall::JobCall(Job job, const cli::Invocation& asked)
    : job_(std::move(job)), mode_(asked.mode), report_file_(asked.report_file) {}

nlohmann::ordered_json JobCall::run(Observer& observer, std::stop_token stop) const {
  nlohmann::ordered_json json;
  try {
    json = execute(observer, std::move(stop));
  } catch (...) {
    save_failure(observer);
    throw;
  }
  save(json);
  return json;
}

nlohmann::ordered_json JobCall::execute(Observer& observer, std::stop_token stop) const {
  return mode_ == cli::RunMode::dry_run
             ? app::plan_json(plan(job_, observer, std::move(stop)))
             : app::report_json(process(job_, observer, std::move(stop)));
}

void JobCall::save(const nlohmann::ordered_json& json) const {
  if (!report_file_.empty()) {
    cli::write_report(report_file_, app::to_text(json), std::cout);
  }
}

/// That of the exception being handled, which is what counts.
void JobCall::save_failure(Observer& observer) const noexcept {
  try {
    const cli::Failure failure = cli::describe_failure(std::current_exception(), 0);
    try {
      save(cli::failed_report(version_lines().front(), job_, failure));
    } catch (const std::exception& error) {
      observer.on_message(Observer::Level::warning, error.what());
    }
  } catch (
      ...) {  // NOLINT(bugprone-empty-catch): no memory for a word, and the job's failure counts
  }
}

}  // namespace s3reel::python
