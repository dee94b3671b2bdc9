#pragma once

#include <stop_token>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/invocation.h"
#include "s3reel/s3reel.h"

namespace s3reel::python {

/// A job as s3reel.process() runs it: what the command does besides its voice. Needs no GIL.
class JobCall {
 public:
  JobCall(Job job, const cli::Invocation& asked);

  /// The report; the plan where only that was asked for. Either is in the file that was asked for
  /// as well, and so is the report of a job that failed. Throws Error.
  [[nodiscard]] nlohmann::ordered_json run(Observer& observer, std::stop_token stop) const;

 private:
  [[nodiscard]] nlohmann::ordered_json execute(Observer& observer, std::stop_token stop) const;
  void save(const nlohmann::ordered_json& json) const;
  void save_failure(Observer& observer) const noexcept;

  const Job job_;
  const cli::RunMode mode_;
  const std::string report_file_;  ///< empty: none
};

}  // namespace s3reel::python
