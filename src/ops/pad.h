#pragma once

#include <optional>
#include <string>

#include "media/ffmpeg.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// A border around the picture, in the frame's own matrix and range: libavfilter's pad takes every
/// frame for BT.601 of limited range (FFmpeg 5.1, libavfilter/drawutils.c).
class Pad final : public Op {
 public:
  struct Settings {
    int width = 0;  ///< of all
    int height = 0;
    std::optional<int> left{};  ///< of the picture, moved to where chroma samples begin
    std::optional<int> top{};   ///< without: in the middle
    std::string color = "black";
  };

  explicit Pad(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] std::string name() const override { return "pad"; }

  [[nodiscard]] OpContract contract() const override;
  [[nodiscard]] VideoFacts output(const VideoFacts& input) const override;
  void push(Frame frame, const Emit& emit) override;

 private:
  struct Corner {
    int left;
    int top;
  };

  [[nodiscard]] Corner corner_of(const FrameShape& picture, const AVPixFmtDescriptor& pixel) const;

  const Settings settings_;
  FramePool pool_;
};

}  // namespace s3reel::ops
