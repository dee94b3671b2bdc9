#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "io/object_writer.h"

namespace s3reel::io {

/// The head of an object that every writer keeps open until publish(): filled front to back,
/// patched at will, and with one insertion at the end. Shared by all writers. Used by one thread.
///
/// Its memory is not touched before bytes arrive. Misuse (a patch outside the head, a second
/// insertion) is Error{internal}.
class HeadBuffer {
 public:
  explicit HeadBuffer(std::size_t capacity = kRetainedHeadBytes) : capacity_(capacity) {}

  /// Takes as much of `data` as fits and returns how much that was.
  std::size_t append(std::span<const std::byte> data);
  void patch(std::uint64_t offset, std::span<const std::byte> data);
  void insert(std::uint64_t offset, std::vector<std::byte> data);

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// Bytes as they will be published, the insertion included.
  [[nodiscard]] std::uint64_t size() const { return filled_ + inserted_bytes(); }

  [[nodiscard]] std::uint64_t inserted_bytes() const;

  /// The head in order, without a copy; valid until the next change.
  [[nodiscard]] std::vector<std::span<const std::byte>> spans() const;
  [[nodiscard]] std::vector<std::byte> copy() const;

 private:
  struct Insertion {
    std::size_t offset;
    std::vector<std::byte> data;
  };

  const std::size_t capacity_;
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t filled_ = 0;
  std::optional<Insertion> insertion_;
};

}  // namespace s3reel::io
