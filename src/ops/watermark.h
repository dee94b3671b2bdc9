#pragma once

#include <memory>
#include <string>
#include <vector>

#include "media/ptr.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// A picture over each frame, by its transparency. Blended in the frame's own samples, at any depth
/// and subsampling, and by several threads at once; libavfilter's overlay does neither.
class Watermark final : public Op {
 public:
  struct Settings {
    std::shared_ptr<const AVFrame> picture;  ///< rgba or rgba64
    std::string at = "bottom-right";
    int margin = 0;  ///< pixels to the edges
    double opacity = 1.0;
  };

  explicit Watermark(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] std::string name() const override { return "watermark"; }

  [[nodiscard]] OpContract contract() const override;
  void push(Frame frame, const Emit& emit) override;

 private:
  /// What one component of a frame gets: sample = sample * keep + add.
  struct Layer {
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;
    std::vector<float> keep{};
    std::vector<float> add{};
  };

  void prepare(const AVFrame& frame);
  [[nodiscard]] Layer layer_of(
      const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) const;

  const Settings settings_;
  media::FramePtr like_;  ///< what the layers are for
  int left_ = 0;          ///< of the picture in the frame
  int top_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace s3reel::ops
