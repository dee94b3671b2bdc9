#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "media/ptr.h"

namespace s3reel::media {

/// Pixels for frames of one kind after the other, used again once nobody holds them: a large
/// picture would go back to the kernel each time, and come anew page by page. It keeps as many as
/// were in use at once. Frames may outlive it, and any thread may drop them. Used by one thread at
/// a time.
class FramePool {
 public:
  /// Gives `frame`, whose format and size are set and which has no pixels, some that are not set.
  /// Throws Error{internal} for a picture that cannot be, std::bad_alloc.
  void fill(AVFrame& frame);

 private:
  using Pool = std::unique_ptr<AVBufferPool, FreePtrPtr<&av_buffer_pool_uninit>>;

  void change(const AVFrame& frame);

  Pool pool_;
  int format_ = AV_PIX_FMT_NONE;
  int width_ = 0;
  int height_ = 0;
  int rows_ = 0;  ///< that there is room for
  std::array<int, AV_NUM_DATA_POINTERS> linesizes_{};
};

}  // namespace s3reel::media
