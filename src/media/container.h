#pragma once

#include <string>
#include <string_view>

#include "media/ffmpeg.h"

namespace s3reel::media {

enum class Container {
  mp4,   ///< progressive, the index in front of the samples
  fmp4,  ///< fragmented MP4: append only
  mov,   ///< QuickTime, the index in front of the samples
  mkv    ///< Matroska, sizes and cues patched into the retained head
};

struct ContainerFacts {
  Container container;
  const char* name;          ///< as --format takes it
  const char* muxer;         ///< libavformat's short name
  const char* content_type;  ///< IANA media type of the object
};

const ContainerFacts& facts(Container container);

/// `format` as the user gave it, else the extension of `url`, else MP4. Throws Error{usage} for a
/// format there is no such container for.
Container choose_container(const std::string& format, std::string_view url);

/// Whether a stream of this codec goes into the container as it is.
bool takes_codec(Container container, const AVCodecParameters& codec);

}  // namespace s3reel::media
