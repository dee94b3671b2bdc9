#include "media/avio_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <span>
#include <utility>

#include "base/units.h"

namespace s3reel::media {
namespace {

// Large enough that a demuxer's small reads rarely reach the source, small enough that a seek does
// not throw much away.
constexpr int kBufferBytes = static_cast<int>(64 * base::kKiB);

}  // namespace

AvioInput::AvioInput(io::ByteSource& source) : source_(source) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) {
    throw std::bad_alloc();
  }
  avio_.reset(avio_alloc_context(buffer, kBufferBytes, 0, this, &on_read, nullptr, &on_seek));
  if (!avio_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

void AvioInput::rethrow_pending() {
  if (pending_) {
    std::rethrow_exception(std::exchange(pending_, nullptr));
  }
}

int AvioInput::on_read(void* opaque, std::uint8_t* buffer, int size) noexcept {
  auto& self = *static_cast<AvioInput*>(opaque);
  if (self.pending_) {
    return AVERROR_EXTERNAL;
  }
  try {
    const auto out = std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size)));
    const std::size_t n = self.source_.read_at(self.position_, out);
    self.position_ += n;
    return n == 0 ? AVERROR_EOF : static_cast<int>(n);
  } catch (...) {
    self.pending_ = std::current_exception();
    return AVERROR_EXTERNAL;
  }
}

std::int64_t AvioInput::on_seek(void* opaque, std::int64_t offset, int whence) noexcept {
  auto& self = *static_cast<AvioInput*>(opaque);
  const auto size = static_cast<std::int64_t>(self.source_.identity().size);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += static_cast<std::int64_t>(self.position_);
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) {
    return AVERROR(EINVAL);
  }
  self.position_ = static_cast<std::uint64_t>(offset);
  return offset;
}

}  // namespace s3reel::media
