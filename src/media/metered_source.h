#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "io/byte_source.h"

namespace s3reel::media {

/// A source of which no more than so many bytes may be read until its streams are known, whoever
/// reads them. `source` must outlive it. Used by one thread.
class MeteredSource final : public io::ByteSource {
 public:
  MeteredSource(io::ByteSource& source, std::uint64_t opening_bytes)
      : source_(source), opening_left_(opening_bytes) {}

  [[nodiscard]] const io::SourceIdentity& identity() const override { return source_.identity(); }

  /// Throws Error{input} as well when too much was read.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;

  void plan(const std::vector<io::ByteRange>& ranges) override { source_.plan(ranges); }

  /// From now on as much may be read as it takes.
  void end_opening() { opening_left_ = UINT64_MAX; }

  /// Time spent waiting for the source so far.
  [[nodiscard]] std::chrono::steady_clock::duration waited() const { return waited_; }

 private:
  io::ByteSource& source_;
  std::uint64_t opening_left_;  ///< bytes
  std::chrono::steady_clock::duration waited_{};
};

}  // namespace s3reel::media
