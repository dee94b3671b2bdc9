#pragma once

#include <string>
#include <vector>

#include "ops/op.h"
#include "s3reel/job.h"

namespace s3reel::ops {

/// Builds a built-in op. Throws Error{usage} for an unknown name or parameter.
OpPtr make_op(const OpSpec& spec);

/// The same for each, in order.
std::vector<OpPtr> make_ops(const std::vector<OpSpec>& specs);

std::vector<std::string> op_names();

}  // namespace s3reel::ops
