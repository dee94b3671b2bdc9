#pragma once

#include <string>
#include <vector>

#include "s3reel/op_catalogue.h"

namespace s3reel::cli {

/// The table of `s3reel ops`; of one op where `name` is not empty. Throws Error{usage} for an op
/// that does not exist.
std::string describe_ops(const std::vector<OpDescription>& catalogue, const std::string& name);

/// The same as one JSON array.
std::string ops_as_json(const std::vector<OpDescription>& catalogue, const std::string& name);

std::string describe_plugin(const PluginDescription& plugin);

}  // namespace s3reel::cli
