#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "media/ptr.h"

namespace s3reel::media {

/// What the result states once, as of the frame its encoder was opened with, and later frames may
/// contradict. Used by one thread.
class FrameChanges {
 public:
  /// `first` is the frame that the encoder was opened with; its pixels are not looked at.
  explicit FrameChanges(const AVFrame& first);

  void look(const AVFrame& frame);

  /// What changed, in words; empty if nothing.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  static constexpr std::size_t kCount = 5;

  struct Change {
    std::uint64_t times = 0;
    double first_seconds = 0.0;
  };

  FramePtr last_;  ///< without pixels
  std::array<Change, kCount> changes_{};
};

}  // namespace s3reel::media
