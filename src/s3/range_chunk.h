#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/byte_budget.h"
#include "base/units.h"
#include "io/byte_source.h"

namespace s3reel::s3 {

/// Unit in which fetched bytes are held and let go. Blocks begin at multiples of it in the object.
inline constexpr std::uint64_t kBlockBytes = 256 * base::kKiB;

/// Buffers of a reader's blocks. Whole ones that were let go are kept for the next: fresh memory
/// costs the kernel more than it takes to fill it. What is in use and what is kept are together
/// never more than was in use at once, a block apart. Any thread.
class BlockPool {
 public:
  using Buffer = std::unique_ptr<std::byte[]>;

  /// `size` is at most kBlockBytes.
  Buffer take(std::size_t size);

  /// `size` as it was taken.
  void give_back(Buffer buffer, std::size_t size) noexcept;

  /// Bytes in use and kept.
  [[nodiscard]] std::uint64_t held() const;

 private:
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<Buffer> kept_;
  std::size_t whole_ = 0;      ///< blocks of full size, in use and kept
  std::uint64_t partial_ = 0;  ///< bytes of the others
};

/// One ranged request and the bytes it brings. Memory is taken block by block as bytes arrive and
/// given back block by block once they were read.
///
/// Whoever brings bytes stores them, the reader reads and releases. A block belongs to those who
/// store until filled() has passed its end, and to the reader from then on.
class RangeChunk {
 public:
  /// `pool` is shared by all chunks of a reader.
  RangeChunk(io::ByteRange range, base::ByteBudget::Token token, std::shared_ptr<BlockPool> pool);
  ~RangeChunk();
  RangeChunk(const RangeChunk&) = delete;
  RangeChunk& operator=(const RangeChunk&) = delete;

  [[nodiscard]] const io::ByteRange& range() const { return range_; }

  /// Ends the request.
  [[nodiscard]] std::stop_source& stop() { return stop_; }

  /// Bytes from `from` on, which is not behind filled(); what is there already is passed over.
  /// False when there are more than were asked for. Any thread, one at a time by its own lock.
  bool store(std::uint64_t from, std::span<const std::byte> data);

  /// End of what has arrived, as an offset in the object.
  [[nodiscard]] std::uint64_t filled() const { return filled_.load(std::memory_order_acquire); }

  // The rest is the reader's.

  void charge(base::ByteBudget::Token token) { token_ = std::move(token); }

  /// The byte lies in the range and has not been let go.
  [[nodiscard]] bool holds(std::uint64_t offset) const;

  /// The first byte at or behind `offset` that it holds or will bring.
  [[nodiscard]] std::optional<std::uint64_t> next_held(std::uint64_t offset) const;

  /// Bytes from `offset`, which must have arrived, to the end of its block at most.
  std::size_t read(std::uint64_t offset, std::span<std::byte> out);

  /// The blocks that lie wholly before `offset` and have arrived; `Which` of them are let go.
  enum class Which { read, all };
  void release_before(std::uint64_t offset, Which which);

  /// Nothing is held and nothing will come.
  [[nodiscard]] bool exhausted() const { return released_ == blocks_.size(); }

  /// What is not read yet at or behind `offset`, arrived or not.
  [[nodiscard]] std::uint64_t ahead_of(std::uint64_t offset) const;

 private:
  struct Block {
    BlockPool::Buffer bytes;
    std::uint64_t read = 0;  ///< bytes handed out
    bool released = false;
  };

  [[nodiscard]] std::size_t index_of(std::uint64_t offset) const;
  [[nodiscard]] io::ByteRange block_range(std::size_t index) const;
  [[nodiscard]] std::size_t block_size(std::size_t index) const;
  void free(std::size_t index) noexcept;

  const io::ByteRange range_;
  base::ByteBudget::Token token_;
  const std::shared_ptr<BlockPool> pool_;
  std::stop_source stop_;
  std::vector<Block> blocks_;
  std::size_t released_ = 0;
  std::mutex storing_;
  std::atomic<std::uint64_t> filled_;
};

}  // namespace s3reel::s3
