#pragma once

#include <cstdint>
#include <optional>

#include "media/converter.h"
#include "media/picture.h"

namespace s3reel::media {

/// Makes frames of somebody else's hands like those of a decoder: in the picture's pixel format and
/// time base, with its colours, each with a time and a duration. Used by one thread.
class FrameFeeder {
 public:
  explicit FrameFeeder(const Picture& picture);

  /// Throws Error{usage} for a frame without a time, one that does not come after the one before
  /// it, and YUV of another matrix or range.
  FramePtr prepare(FramePtr frame);

 private:
  void set_time(AVFrame& frame);
  void set_colours(AVFrame& frame) const;

  const FramePtr like_;
  const std::int64_t duration_;  ///< of a frame, in the picture's time base
  PixelConverter converter_;
  std::optional<std::int64_t> last_;
};

}  // namespace s3reel::media
