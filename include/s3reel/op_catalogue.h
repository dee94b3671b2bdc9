#pragma once

/// What can stand in a chain: s3reel's own ops, and plugins before a job trusts them.

#include <stop_token>
#include <string>
#include <vector>

#include "s3reel/job.h"
#include "s3reel/op.h"
#include "s3reel/s3reel.h"

namespace s3reel {

/// One parameter of a built-in op.
struct OpParameter {
  std::string name;
  std::string value;     ///< placeholder: "N", "COLOR"
  std::string fallback;  ///< as a user would write it; empty: none
  std::string help;
  bool required = false;
};

/// One of s3reel's own ops.
struct OpDescription {
  std::string name;
  std::string summary;
  std::string example;  ///< what follows --op
  std::vector<OpParameter> parameters;
};

/// All of them, in the order in which they are shown.
std::vector<OpDescription> op_catalogue();

/// A plugin as it describes itself, and what it was tried with.
struct PluginDescription {
  std::string path;
  std::string name;
  std::string version;
  std::string summary;
  OpContract contract;
  std::vector<std::string> tried;  ///< "yuv420p 161x121: 8 frames in, 8 out"
};

/// Loads the plugin, opens it with these parameters and sends it made-up pictures of several
/// formats and sizes, as a job would. Throws Error{usage} for a library that cannot be used and
/// Error{op} for one that fails or breaks its contract.
PluginDescription check_plugin(
    const PluginOp& plugin, Observer& observer, std::stop_token stop = {});

}  // namespace s3reel
