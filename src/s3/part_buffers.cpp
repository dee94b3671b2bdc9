#include "s3/part_buffers.h"

#include <algorithm>

namespace s3reel::s3 {

std::size_t PartBuffer::append(std::span<const std::byte> data) {
  const std::size_t taken = std::min(data.size(), capacity_ - filled_);
  std::copy_n(data.begin(), taken, bytes_.get() + filled_);
  filled_ += taken;
  return taken;
}

PartBuffer PartBuffers::take(std::size_t capacity) {
  const std::scoped_lock lock(mutex_);
  // Sizes only grow, so a buffer of another size is never wanted again.
  std::erase_if(
      idle_, [capacity](const PartBuffer& buffer) { return buffer.capacity() != capacity; });
  PartBuffer buffer;
  if (idle_.empty()) {
    buffer = PartBuffer(capacity);
  } else {
    buffer = std::move(idle_.back());
    idle_.pop_back();
  }
  ++live_;
  peak_ = std::max(peak_, live_);
  return buffer;
}

void PartBuffers::give_back(PartBuffer buffer) {
  if (!buffer.exists()) {
    return;
  }
  buffer.clear();
  const std::scoped_lock lock(mutex_);
  --live_;
  idle_.push_back(std::move(buffer));
}

std::size_t PartBuffers::peak() const {
  const std::scoped_lock lock(mutex_);
  return peak_;
}

}  // namespace s3reel::s3
