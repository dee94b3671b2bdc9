#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// What frames carry beside their pixels and neither the encoder nor the container keeps: HDR10+,
/// captions, time codes. Used by one thread.
class FrameExtras {
 public:
  explicit FrameExtras(const AVCodecContext& encoder) : encoder_(encoder) {}

  void look(const AVFrame& frame);

  /// What is not kept, in words.
  [[nodiscard]] std::vector<std::string> losses() const;

 private:
  [[nodiscard]] bool is_lost(const AVFrameSideData& data);
  [[nodiscard]] bool time_code_is_lost(const AVFrameSideData& data);

  const AVCodecContext& encoder_;
  std::set<AVFrameSideDataType> lost_;
  std::optional<bool> counts_from_zero_;  ///< MPEG-2's time code does
};

}  // namespace s3reel::media
