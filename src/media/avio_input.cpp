#include "media/avio_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "media/input_policy.h"

namespace s3reel::media {
namespace {

// Large enough that a demuxer's small reads rarely reach the source, small enough that a seek does
// not throw much away.
constexpr int kReadBytes = static_cast<int>(64 * base::kKiB);

}  // namespace

AvioInput::AvioInput(
    io::ByteSource& source, std::uint64_t opening_bytes, std::uint64_t packet_bytes)
    : source_(source, opening_bytes), packet_bytes_(packet_bytes) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kReadBytes));
  if (buffer == nullptr) {
    throw std::bad_alloc();
  }
  avio_.reset(avio_alloc_context(buffer, kReadBytes, 0, this, &on_read, nullptr, &on_seek));
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

// What was read to recognise the format is in libavformat's hands already.
void AvioInput::guard_index(std::uint64_t most_entries) {
  guard_ = std::make_unique<IndexGuard>(source_, most_entries);
  guard_->pass_earlier(position_);
}

void AvioInput::scan_claims(ClaimScan::Format format, std::uint64_t most) {
  scan_ = std::make_unique<ClaimScan>(source_, format, most);
  std::vector<std::byte> piece(kReadBytes);
  for (std::uint64_t at = 0; at < position_;) {
    const std::size_t length = std::min<std::uint64_t>(piece.size(), position_ - at);
    const std::size_t got = source_.read_at(at, std::span(piece).first(length));
    if (got == 0) {
      break;
    }
    scan_->pass(at, std::span(piece).first(got));
    at += got;
  }
}

void AvioInput::end_opening() {
  source_.end_opening();
  scan_.reset();
}

std::size_t AvioInput::read(std::span<std::byte> out) {
  const std::size_t n = source_.read_at(position_, out);
  if (guard_) {
    guard_->pass(position_, out.first(n));
  }
  if (scan_) {
    scan_->pass(position_, out.first(n));
  }
  position_ += n;
  count(out.size(), n);
  return n;
}

/// Through the buffer libavformat reads headers and small packets; what is larger than the buffer
/// goes straight into its packet, as often as it takes.
void AvioInput::count(std::size_t asked, std::size_t got) {
  packet_run_ = asked > kReadBytes ? packet_run_ + got : 0;
  if (std::max<std::uint64_t>(packet_run_, asked) > packet_bytes_) {
    throw hostile_input(
        source_.identity().url,
        fmt::format(
            "a packet before byte {} is larger than {}",
            position_,
            base::format_bytes(packet_bytes_)),
        "check the source with ffprobe");
  }
}

int AvioInput::on_read(void* opaque, std::uint8_t* buffer, int size) noexcept {
  auto& self = *static_cast<AvioInput*>(opaque);
  if (self.pending_) {
    return AVERROR_EXTERNAL;
  }
  try {
    const auto out = std::as_writable_bytes(std::span(buffer, static_cast<std::size_t>(size)));
    const std::size_t n = self.read(out);
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
  return self.jump(static_cast<std::uint64_t>(offset));
}

std::int64_t AvioInput::jump(std::uint64_t offset) noexcept {
  if (pending_) {
    return AVERROR_EXTERNAL;  // the first error is the cause
  }
  try {
    if (guard_) {
      guard_->jump(offset);
    }
  } catch (...) {
    pending_ = std::current_exception();
    return AVERROR_EXTERNAL;
  }
  position_ = offset;
  packet_run_ = 0;
  return static_cast<std::int64_t>(offset);
}

}  // namespace s3reel::media
