#pragma once

#include "media/converter.h"
#include "media/frame_cursor.h"
#include "media/graph_input.h"

namespace s3reel::media {

/// All frames of a video for a filter graph, in the look of the first. The cursor must outlive it.
class CursorInput final : public GraphInput {
 public:
  /// Decodes the first frame. Throws Error{input} if there is none; `subject` names the video.
  CursorInput(FrameCursor& cursor, AVRational frame_rate, const std::string& subject);

  [[nodiscard]] const AVFrame& like() const override { return *like_; }

  [[nodiscard]] AVRational frame_rate() const override { return frame_rate_; }

  FramePtr next() override;

 private:
  FrameCursor& cursor_;
  const AVRational frame_rate_;
  FramePtr first_;  ///< until it was asked for
  FramePtr like_;   ///< without pixels
  PixelConverter converter_;
};

}  // namespace s3reel::media
