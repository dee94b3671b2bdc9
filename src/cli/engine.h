#pragma once

/// The library as the command sees it: the seam at which tests put a library of their own.

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "s3reel/op_catalogue.h"
#include "s3reel/s3reel.h"

namespace s3reel::cli {

/// The functions of s3reel.h, all set.
struct Engine {
  std::function<Report(const Job&, Observer&, std::stop_token)> process;
  std::function<Plan(const Job&, Observer&, std::stop_token)> plan;
  std::function<Probe(const Location&, Observer&, std::stop_token)> probe;
  std::function<CleanSummary(const Location&, const CleanOptions&, Observer&, std::stop_token)>
      clean;
  std::function<std::string(const Location&, std::chrono::seconds, const std::string&)> presign;
  std::function<std::vector<OpDescription>()> op_catalogue;
  std::function<PluginDescription(const PluginOp&, Observer&, std::stop_token)> check_plugin;
  /// The op of `--python MODULE:CALLABLE`; throws Error{usage} where there is no Python.
  std::function<OpFactory(const std::string&)> python_op;
  std::function<std::vector<std::string>()> version_lines;
};

/// The real one.
Engine library_engine();

}  // namespace s3reel::cli
