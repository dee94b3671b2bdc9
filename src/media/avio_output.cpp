#include "media/avio_output.h"

#include <cerrno>
#include <cstdio>
#include <new>
#include <span>
#include <utility>

#include "base/units.h"

namespace s3reel::media {
namespace {

constexpr int kWriteBytes = static_cast<int>(256 * base::kKiB);

}  // namespace

AvioOutput::AvioOutput(MuxSink& sink) : sink_(sink) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kWriteBytes));
  if (buffer == nullptr) {
    throw std::bad_alloc();
  }
  avio_.reset(avio_alloc_context(
      buffer, kWriteBytes, 1, this, nullptr, &on_write, sink.seekable() ? &on_seek : nullptr));
  if (!avio_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  // Otherwise every packet's flush point would empty the buffer.
  avio_->min_packet_size = kWriteBytes;
}

void AvioOutput::flush() {
  avio_flush(avio_.get());
  rethrow_pending();
}

void AvioOutput::rethrow_pending() {
  if (pending_) {
    std::rethrow_exception(std::exchange(pending_, nullptr));
  }
}

int AvioOutput::on_write(void* opaque, compat::WriteBuffer buffer, int size) noexcept {
  auto& self = *static_cast<AvioOutput*>(opaque);
  if (self.pending_) {
    return AVERROR_EXTERNAL;
  }
  try {
    const auto data = std::as_bytes(std::span(buffer, static_cast<std::size_t>(size)));
    self.sink_.write(self.position_, data);
    self.position_ += data.size();
    return size;
  } catch (...) {
    self.pending_ = std::current_exception();
    return AVERROR_EXTERNAL;
  }
}

std::int64_t AvioOutput::on_seek(void* opaque, std::int64_t offset, int whence) noexcept {
  auto& self = *static_cast<AvioOutput*>(opaque);
  const auto end = static_cast<std::int64_t>(self.sink_.end());
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return end;
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += static_cast<std::int64_t>(self.position_);
      break;
    case SEEK_END:
      offset += end;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0 || offset > end) {
    return AVERROR(EINVAL);
  }
  self.position_ = static_cast<std::uint64_t>(offset);
  return offset;
}

}  // namespace s3reel::media
