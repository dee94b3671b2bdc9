#pragma once

#include <string>
#include <vector>

#include "media/output.h"

namespace s3reel::media {

/// Which encoder a job will use as far as the container tells; the first frame has the last word.
struct EncoderForecast {
  std::string encoder{};  ///< empty: only the first frame will tell
  std::vector<std::string> losses{};
  std::vector<std::string> notes{};
};

/// Throws Error{usage} for an encoder that the user named and that cannot be used.
EncoderForecast forecast_encoder(
    const Job& job,
    const Demuxer& demuxer,
    const StreamMap& map,
    Container container,
    const Output::ThroughOps& through_ops);

}  // namespace s3reel::media
