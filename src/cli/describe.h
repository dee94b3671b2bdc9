#pragma once

/// Plans, probes and finished jobs in words.

#include <string>

#include "s3reel/s3reel.h"

namespace s3reel::cli {

/// Several lines, for standard output.
std::string describe_probe(const Probe& probe);
/// Several lines, for standard output.
std::string describe_plan(const Plan& plan, const Job& job);
/// One line: what an orphan is and what became of it.
std::string describe_orphan(const Orphan& orphan, bool dry_run);
/// One line: how many were removed, how many are left.
std::string summary_line(const CleanSummary& summary, bool dry_run);
/// One line: what was done, how fast, how large.
std::string summary_line(const Report& report);

}  // namespace s3reel::cli
