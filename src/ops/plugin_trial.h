#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// Sends an op made-up pictures, as a job would: of the formats that it takes, or those that videos
/// have most, of an even and an odd size. Returns a line for each. `go_on` is asked before each;
/// what it throws ends the trial. Throws Error{op} for an op that fails or breaks its contract.
std::vector<std::string> try_out(
    const OpFactory& factory, const base::Log& log, const std::function<void()>& go_on);

}  // namespace s3reel::ops
