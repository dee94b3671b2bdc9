#pragma once

#include <string>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// The value of a key of metadata; empty if it is not there.
std::string tag(const AVDictionary* metadata, const char* key);

/// A stream's language as its container writes it; empty if it is not known ("und" in MP4).
std::string language(const AVStream& stream);

/// "video", "audio", …
std::string type_name(AVMediaType type);

}  // namespace s3reel::media
