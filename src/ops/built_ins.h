#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ops/parameters.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// One of s3reel's own ops: its name is the command's, its table what `s3reel ops` shows.
struct BuiltIn {
  std::string name;
  std::string summary;
  std::string example;  ///< what follows --op
  std::vector<ParameterSpec> parameters;
  /// Throws Error{usage} for values that make no sense.
  std::function<OpFactory(const Parameters&)> make;
};

/// In the order in which they are shown.
const std::vector<BuiltIn>& built_ins();

// The groups of that list.
std::vector<BuiltIn> color_ops();
std::vector<BuiltIn> geometry_ops();
std::vector<BuiltIn> time_ops();
std::vector<BuiltIn> overlay_ops();

}  // namespace s3reel::ops
