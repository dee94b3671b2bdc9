#pragma once

#include <memory>
#include <stop_token>

#include "app/reader_core.h"
#include "s3reel/reader.h"

namespace s3reel::app {

/// Starts to decode a selection that was checked, on a thread of its own.
std::unique_ptr<FrameSequence> start_sequence(
    std::shared_ptr<ReaderCore> core,
    std::unique_ptr<SourceEntry> entry,
    const FrameSelection& selection);

}  // namespace s3reel::app
