#pragma once

#include <cstdint>
#include <stop_token>

#include "base/clock.h"
#include "base/units.h"
#include "ops/op_context.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// What each video that goes into a filter graph may hold beside the job's source, in bytes.
inline constexpr std::uint64_t kInputReadAhead = 4 * base::kMiB;

/// What a job's ops read besides its frames comes from the store of its source. Valid as long as
/// job and clock are.
ops::OpContext op_context(
    const Job& job, base::Clock& clock, const base::Log& log, const std::stop_token& stop);

}  // namespace s3reel::app
