#pragma once

#include "media/ptr.h"

namespace s3reel::media {

/// yuvj420p is yuv420p whose full range is part of its name: the plain format. Others are as they
/// are.
AVPixelFormat without_j(AVPixelFormat format);

/// Whether the samples use their full range. What does not say is limited, unless it is RGB.
bool is_full_range(const AVFrame& frame);

/// What a change of pixel format means for the frame's colour description: RGB becomes YUV of its
/// own matrix (BT.709 where it is not known), and a full range that was part of the format's name
/// becomes a property.
void relabel_colour(AVFrame& frame, AVPixelFormat from, AVPixelFormat to);

/// Changes the pixel format of frames of one size, with the frame's own matrix on both sides, and
/// their range where one is asked for: nothing but the representation changes. Used by one thread.
class PixelConverter {
 public:
  /// `range`: of the frames that come out in YUV; unspecified: each keeps its own.
  explicit PixelConverter(AVPixelFormat to, AVColorRange range = AVCOL_RANGE_UNSPECIFIED)
      : to_(to), to_range_(range) {}

  /// Returns the frame as it is where it has format and range already, else a new one with all its
  /// properties. Error{internal} where swscale cannot convert.
  FramePtr convert(FramePtr frame);

 private:
  [[nodiscard]] bool changes_range(const AVFrame& frame) const;
  [[nodiscard]] bool to_full_range(const AVFrame& frame) const;
  void prepare(const AVFrame& frame);

  AVPixelFormat to_;
  AVColorRange to_range_;
  SwsPtr scaler_;
  int width_ = 0;
  int height_ = 0;
  int from_ = AV_PIX_FMT_NONE;
  AVColorRange range_ = AVCOL_RANGE_UNSPECIFIED;
  AVColorSpace matrix_ = AVCOL_SPC_UNSPECIFIED;
};

}  // namespace s3reel::media
