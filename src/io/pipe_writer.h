#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "io/byte_counts.h"
#include "io/object_writer.h"

namespace s3reel::io {

/// Writes to a pipe, front to back: nothing can be taken back, and bytes are visible to the reader
/// at once. A copy of the first ones is kept for preview(). patch() and insert() are Error{usage}
/// because a format that needs them cannot go through a pipe. A stop request interrupts a write to
/// a reader that does not read.
class PipeWriter final : public ObjectWriter {
 public:
  /// Borrows `fd`. `name` stands for it in messages. `counts` must outlive the writer.
  PipeWriter(int fd, std::string name, ByteCounts& counts, std::stop_token stop)
      : fd_(fd), name_(std::move(name)), counts_(counts), stop_(std::move(stop)) {}

  [[nodiscard]] std::size_t retained_bytes() const override { return 0; }

  void append(std::span<const std::byte> data) override;
  void patch(std::uint64_t offset, std::span<const std::byte> data) override;
  void insert(std::uint64_t offset, std::vector<std::byte> data) override;
  [[nodiscard]] HeadPreview preview() const override;
  PublishedObject publish() override;
  void discard() noexcept override;

 private:
  [[noreturn]] void fail(const std::string& reason, const std::string& hint) const;
  void wait_writable() const;

  const int fd_;
  const std::string name_;
  ByteCounts& counts_;
  const std::stop_token stop_;
  std::atomic<bool> closed_{false};
  std::uint64_t written_ = 0;
  std::vector<std::byte> head_;
};

}  // namespace s3reel::io
