#pragma once

#include <cstdint>
#include <exception>

#include "media/compat.h"
#include "media/mux_sink.h"
#include "media/ptr.h"

namespace s3reel::media {

/// Lets a muxer of libavformat write into a MuxSink, which must outlive it. Used by one thread.
/// As with AvioInput, the caller runs rethrow_pending() after every call that may have written.
class AvioOutput {
 public:
  explicit AvioOutput(MuxSink& sink);

  AvioOutput(const AvioOutput&) = delete;
  AvioOutput& operator=(const AvioOutput&) = delete;
  ~AvioOutput() = default;

  [[nodiscard]] AVIOContext* context() { return avio_.get(); }

  /// Hands what is still buffered to the sink.
  void flush();

  void rethrow_pending();

 private:
  static int on_write(void* opaque, compat::WriteBuffer buffer, int size) noexcept;
  static std::int64_t on_seek(void* opaque, std::int64_t offset, int whence) noexcept;

  MuxSink& sink_;
  std::uint64_t position_ = 0;
  std::exception_ptr pending_;
  AvioPtr avio_;
};

}  // namespace s3reel::media
