#pragma once

#include "media/ptr.h"

namespace s3reel::media {

/// What a change of pixel format means for the frame's colour description: RGB becomes YUV of its
/// own matrix (BT.709 where it is not known), and a full range that was part of the format's name
/// becomes a property.
void relabel_colour(AVFrame& frame, AVPixelFormat from, AVPixelFormat to);

/// Changes the pixel format of frames of one size, with the frame's own matrix and range on both
/// sides: nothing but the representation changes. Used by one thread.
class PixelConverter {
 public:
  explicit PixelConverter(AVPixelFormat to) : to_(to) {}

  /// Returns the frame as it is where it has the format already, else a new one with all its
  /// properties. Error{internal} where swscale cannot convert.
  FramePtr convert(FramePtr frame);

 private:
  void prepare(const AVFrame& frame);

  AVPixelFormat to_;
  SwsPtr scaler_;
  int width_ = 0;
  int height_ = 0;
  int from_ = AV_PIX_FMT_NONE;
  AVColorRange range_ = AVCOL_RANGE_UNSPECIFIED;
  AVColorSpace matrix_ = AVCOL_SPC_UNSPECIFIED;
};

}  // namespace s3reel::media
