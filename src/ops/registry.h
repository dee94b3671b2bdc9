#pragma once

#include <vector>

#include "ops/op_context.h"
#include "s3reel/job.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// How to make the op. Throws Error{usage} for an unknown name or parameter, or a value that makes
/// no sense, and what reading what it names throws.
OpFactory factory(const OpSpec& spec, const OpContext& context);

/// The same for each, in order.
std::vector<OpFactory> factories(const std::vector<OpSpec>& specs, const OpContext& context);

}  // namespace s3reel::ops
