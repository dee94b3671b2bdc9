#pragma once

#include <string>
#include <vector>

#include "ops/op.h"
#include "s3reel/job.h"

namespace s3reel::ops {

/// Builds a built-in op. Throws Error{usage} for an unknown name or parameter.
OpPtr make_op(const OpSpec& spec);

std::vector<std::string> op_names();

}  // namespace s3reel::ops
