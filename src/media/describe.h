#pragma once

#include "media/demuxer.h"
#include "s3reel/s3reel.h"

namespace s3reel::media {

/// What a source says about itself, as probe() returns it; the object's own fields stay empty.
Probe describe(const Demuxer& demuxer);

}  // namespace s3reel::media
