#pragma once

#include <functional>
#include <memory>

#include "media/ptr.h"

namespace s3reel::ops {

/// What an op needs to know about other frames. It decides what may run in parallel and how far a
/// segment of a longer video must reach beyond its own frames.
struct Contract {
  enum class Kind {
    stateless,  ///< each frame alone, in any order
    window,     ///< a frame and some neighbours
    sequential  ///< every frame before it
  };

  Kind kind = Kind::stateless;
  int before = 0;  ///< frames, for window
  int after = 0;
};

/// One step of the chain. Gets frames in presentation order and hands on none, one or more for
/// each; a frame keeps its properties (pts, time base, colour, side data) unless changing them is
/// the op's purpose. Used by one thread.
class Op {
 public:
  /// Takes ownership of a frame that the op hands on.
  using Emit = std::function<void(media::FramePtr)>;

  Op() = default;
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  virtual ~Op() = default;

  [[nodiscard]] virtual const char* name() const = 0;
  [[nodiscard]] virtual Contract contract() const = 0;

  /// The pixel format it wants when `offered` comes: `offered` itself where it takes that.
  [[nodiscard]] virtual AVPixelFormat accept(AVPixelFormat offered) const = 0;

  /// The frame is the op's; its buffers may be shared with others, so pixels may be changed only
  /// after av_frame_make_writable(). Throws whatever describes the failure.
  virtual void push(media::FramePtr frame, const Emit& emit) = 0;

  /// No frame follows.
  virtual void flush(const Emit& emit) { static_cast<void>(emit); }
};

using OpPtr = std::unique_ptr<Op>;

}  // namespace s3reel::ops
