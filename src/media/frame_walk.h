#pragma once

#include <functional>
#include <optional>
#include <string>

#include "media/converter.h"
#include "media/frame_cursor.h"
#include "s3reel/reader.h"

namespace s3reel::media {

/// Throws Error{usage} for times, steps, sizes and formats that make no sense.
void check_selection(const FrameSelection& selection);
void check_look(const FrameLook& look);

/// Brings frames into the look that was asked for. Chroma that becomes finer is repeated, as for
/// ops, unless the picture is scaled. Used by one thread.
class LookConverter {
 public:
  /// `look` was checked.
  explicit LookConverter(const FrameLook& look);

  FramePtr convert(FramePtr frame);

 private:
  using Chroma = PixelConverter::Chroma;

  const PictureSize size_;
  const AVPixelFormat format_;  ///< none: as the frames come
  std::optional<PixelConverter> converter_;
  Chroma chroma_ = Chroma::smooth;  ///< of converter_
};

/// Hands out the frames of a selection in order. Throws what the cursor throws, and what `emit`
/// throws.
void walk(
    FrameCursor& cursor,
    const FrameSelection& selection,
    const std::function<void(FramePtr)>& emit);

/// The frame shown at `seconds`, or the first one. Throws Error{usage} where the film has ended by
/// then; `subject` names it.
FramePtr frame_at(FrameCursor& cursor, double seconds, const std::string& subject);

}  // namespace s3reel::media
