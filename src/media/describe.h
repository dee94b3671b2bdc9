#pragma once

#include "media/demuxer.h"
#include "s3reel/s3reel.h"

namespace s3reel::media {

/// Format and duration as the container states them; the object's own fields stay empty.
ObjectFacts describe_object(const Demuxer& demuxer);

/// What a source says about itself, as probe() returns it; the object's own fields stay empty.
Probe describe(const Demuxer& demuxer);

}  // namespace s3reel::media
