#pragma once

#include "media/demuxer.h"
#include "s3reel/s3reel.h"

namespace s3reel::media {

/// The object itself, and format and duration as its container states them.
ObjectFacts describe_object(const Demuxer& demuxer);

/// What a source says about itself, as probe() returns it.
Probe describe(const Demuxer& demuxer);

}  // namespace s3reel::media
