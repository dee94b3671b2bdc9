#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace s3reel::s3 {

/// The bytes of one part while it is filled and uploaded. Its memory is not touched before bytes
/// arrive. Move-only, used by one thread at a time.
class PartBuffer {
 public:
  PartBuffer() = default;

  explicit PartBuffer(std::size_t capacity)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  PartBuffer(PartBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        filled_(std::exchange(other.filled_, 0)) {}

  PartBuffer& operator=(PartBuffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    capacity_ = std::exchange(other.capacity_, 0);
    filled_ = std::exchange(other.filled_, 0);
    return *this;
  }

  PartBuffer(const PartBuffer&) = delete;
  PartBuffer& operator=(const PartBuffer&) = delete;
  ~PartBuffer() = default;

  /// Takes as much of `data` as fits and returns how much that was.
  std::size_t append(std::span<const std::byte> data);

  [[nodiscard]] bool exists() const { return bytes_ != nullptr; }

  [[nodiscard]] bool full() const { return filled_ == capacity_; }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  [[nodiscard]] std::span<const std::byte> bytes() const { return {bytes_.get(), filled_}; }

  void clear() { filled_ = 0; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t filled_ = 0;
};

/// Hands out part buffers and keeps returned ones for the next part of the same size: memory that
/// has been touched once is not asked for again. Any number of threads may call.
class PartBuffers {
 public:
  PartBuffer take(std::size_t capacity);
  void give_back(PartBuffer buffer);

  /// The most buffers that were handed out and not given back at once.
  [[nodiscard]] std::size_t peak() const;

 private:
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<PartBuffer> idle_;
  std::size_t live_ = 0;
  std::size_t peak_ = 0;
};

}  // namespace s3reel::s3
