#include "s3/range_chunk.h"

#include <algorithm>
#include <utility>

namespace s3reel::s3 {

BlockPool::Buffer BlockPool::take(std::size_t size) {
  const std::scoped_lock lock(mutex_);
  Buffer kept;
  if (!kept_.empty()) {
    kept = std::move(kept_.back());
    kept_.pop_back();
  }
  if (size == kBlockBytes && kept) {
    return kept;
  }
  if (kept) {
    kept.reset();  // makes room for the part of one
    --whole_;
  }
  Buffer fresh = std::make_unique_for_overwrite<std::byte[]>(size);
  if (size == kBlockBytes) {
    kept_.reserve(whole_ + 1);  // so that giving back cannot fail
    ++whole_;
  } else {
    partial_ += size;
  }
  return fresh;
}

void BlockPool::give_back(Buffer buffer, std::size_t size) noexcept {
  const std::scoped_lock lock(mutex_);
  if (size == kBlockBytes) {
    kept_.push_back(std::move(buffer));
  } else {
    partial_ -= size;
  }
}

std::uint64_t BlockPool::held() const {
  const std::scoped_lock lock(mutex_);
  return whole_ * kBlockBytes + partial_;
}

RangeChunk::RangeChunk(
    io::ByteRange range, base::ByteBudget::Token token, std::shared_ptr<BlockPool> pool)
    : range_(range), token_(std::move(token)), pool_(std::move(pool)), filled_(range.begin) {
  blocks_.resize(index_of(range.end - 1) + 1);
}

RangeChunk::~RangeChunk() {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    free(i);
  }
}

void RangeChunk::free(std::size_t index) noexcept {
  if (Block& block = blocks_[index]; block.bytes) {
    pool_->give_back(std::move(block.bytes), block_size(index));
  }
}

std::size_t RangeChunk::index_of(std::uint64_t offset) const {
  return static_cast<std::size_t>(offset / kBlockBytes - range_.begin / kBlockBytes);
}

io::ByteRange RangeChunk::block_range(std::size_t index) const {
  const std::uint64_t begin = (range_.begin / kBlockBytes + index) * kBlockBytes;
  return {.begin = std::max(begin, range_.begin), .end = std::min(begin + kBlockBytes, range_.end)};
}

std::size_t RangeChunk::block_size(std::size_t index) const {
  const io::ByteRange block = block_range(index);
  return static_cast<std::size_t>(block.end - block.begin);
}

bool RangeChunk::store(std::uint64_t from, std::span<const std::byte> data) {
  const std::scoped_lock lock(storing_);
  std::uint64_t at = filled_.load(std::memory_order_relaxed);
  if (from > at || data.size() > range_.end - from) {
    return false;
  }
  data = data.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(at - from, data.size())));
  while (!data.empty()) {
    const std::size_t index = index_of(at);
    const io::ByteRange block = block_range(index);
    auto& bytes = blocks_[index].bytes;
    if (!bytes) {
      bytes = pool_->take(block_size(index));
    }
    const std::size_t count = std::min(data.size(), static_cast<std::size_t>(block.end - at));
    std::copy_n(data.begin(), count, bytes.get() + (at - block.begin));
    data = data.subspan(count);
    at += count;
    filled_.store(at, std::memory_order_release);
  }
  return true;
}

bool RangeChunk::holds(std::uint64_t offset) const {
  return offset >= range_.begin && offset < range_.end && !blocks_[index_of(offset)].released;
}

std::optional<std::uint64_t> RangeChunk::next_held(std::uint64_t offset) const {
  if (offset >= range_.end) {
    return std::nullopt;
  }
  const std::uint64_t from = std::max(offset, range_.begin);
  for (std::size_t i = index_of(from); i < blocks_.size(); ++i) {
    if (!blocks_[i].released) {
      return std::max(from, block_range(i).begin);
    }
  }
  return std::nullopt;
}

std::size_t RangeChunk::read(std::uint64_t offset, std::span<std::byte> out) {
  const std::size_t index = index_of(offset);
  const io::ByteRange block = block_range(index);
  const std::uint64_t there = std::min(filled(), block.end) - offset;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(there, out.size()));
  std::copy_n(blocks_[index].bytes.get() + (offset - block.begin), count, out.begin());
  blocks_[index].read += count;
  return count;
}

void RangeChunk::release_before(std::uint64_t offset, Which which) {
  const std::uint64_t limit = std::min(offset, filled());
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const io::ByteRange range = block_range(i);
    if (range.end > limit) {
      return;
    }
    Block& block = blocks_[i];
    const bool wanted = which == Which::all || block.read >= range.end - range.begin;
    if (!block.released && wanted) {
      free(i);
      block.released = true;
      ++released_;
      token_.give_back(range.end - range.begin);
    }
  }
}

std::uint64_t RangeChunk::ahead_of(std::uint64_t offset) const {
  return range_.end - std::clamp(offset, range_.begin, range_.end);
}

}  // namespace s3reel::s3
