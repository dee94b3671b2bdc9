#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "media/ffmpeg.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// A rectangle of the stored picture whose content is not to be seen for a while.
struct RedactRegion {
  enum class Mode { fill, blur };

  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
  double from = 0.0;                                    ///< seconds of the result
  double to = std::numeric_limits<double>::infinity();  ///< not included
  Mode mode = Mode::fill;
  std::string color = "black";  ///< of fill
  int radius = 0;               ///< of blur, in pixels; 0: a quarter of the rectangle's longer side
};

/// Regions from JSON (docs/processing.md), with mode, colour and radius of `fallback` where they
/// name none. Throws Error{usage} that says which entry of `path` is wrong and why.
std::vector<RedactRegion> read_regions(
    std::span<const std::byte> text, const std::string& path, const RedactRegion& fallback = {});

/// Fills or blurs regions, each grown to whole chroma samples: of what it covers nothing shines
/// through at its edge, and nothing of it is smeared outside. A blur takes only what is inside.
class Redact final : public Op {
 public:
  explicit Redact(std::vector<RedactRegion> regions);

  [[nodiscard]] std::string name() const override { return "redact"; }

  [[nodiscard]] OpContract contract() const override;
  void push(Frame frame, const Emit& emit) override;

 private:
  const std::vector<RedactRegion> regions_;
};

}  // namespace s3reel::ops
