#pragma once

#include <cstdint>
#include <exception>

#include "io/byte_source.h"
#include "media/ptr.h"

namespace s3reel::media {

/// Lets libavformat read from a ByteSource. `source` must outlive it. Used by one thread.
///
/// An exception of the source cannot pass through C frames: it is kept, libavformat gets an error
/// code, and the caller runs rethrow_pending() after every libav call that may have read, also when
/// that call reported end of file, because a demuxer may turn a read error into one.
class AvioInput {
 public:
  explicit AvioInput(io::ByteSource& source);

  AvioInput(const AvioInput&) = delete;
  AvioInput& operator=(const AvioInput&) = delete;
  ~AvioInput() = default;

  [[nodiscard]] AVIOContext* context() { return avio_.get(); }

  void rethrow_pending();

 private:
  static int on_read(void* opaque, std::uint8_t* buffer, int size) noexcept;
  static std::int64_t on_seek(void* opaque, std::int64_t offset, int whence) noexcept;

  io::ByteSource& source_;
  std::uint64_t position_ = 0;
  std::exception_ptr pending_;
  AvioPtr avio_;
};

}  // namespace s3reel::media
