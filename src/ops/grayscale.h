#pragma once

#include <string>

#include "media/ptr.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// The picture without its colour. YUV keeps its luma bit for bit and by reference: chroma planes
/// are replaced by one constant neutral buffer, so no pixel is touched. RGB becomes R = G = B =
/// luma by the weights of the frame's own matrix (ITU-T H.273, table 4; BT.709 where it is not
/// known).
class Grayscale final : public Op {
 public:
  [[nodiscard]] std::string name() const override { return "grayscale"; }

  [[nodiscard]] OpContract contract() const override;
  void push(Frame frame, const Emit& emit) override;

 private:
  void share_neutral_chroma(AVFrame& frame, const AVPixFmtDescriptor& pixel);
  void make_neutral(const AVFrame& frame, const AVPixFmtDescriptor& pixel);

  media::BufferPtr neutral_;  ///< one chroma plane, constant after it was made
  int neutral_format_ = AV_PIX_FMT_NONE;
  int neutral_width_ = 0;
  int neutral_height_ = 0;
  int neutral_linesize_ = 0;
};

}  // namespace s3reel::ops
