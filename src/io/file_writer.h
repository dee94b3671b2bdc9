#pragma once

#include <cstdint>
#include <mutex>
#include <stop_token>
#include <string>

#include "io/byte_counts.h"
#include "io/file_handle.h"
#include "io/head_buffer.h"
#include "io/object_writer.h"

namespace s3reel::io {

/// A file being written beside its destination, in the same folder so that the final rename is
/// atomic. The head stays in memory; what follows is written at its place. An inserted head moves
/// the rest of the file back, in place, at publish(). The hidden file is made by the first append()
/// and removed by discard().
class FileWriter final : public ObjectWriter {
 public:
  /// `counts` must outlive the writer.
  FileWriter(std::string path, WriteOptions options, ByteCounts& counts, std::stop_token stop);

  ~FileWriter() override { discard(); }

  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  [[nodiscard]] std::size_t retained_bytes() const override { return head_.capacity(); }

  void append(std::span<const std::byte> data) override;
  void patch(std::uint64_t offset, std::span<const std::byte> data) override;
  void insert(std::uint64_t offset, std::vector<std::byte> data) override;
  [[nodiscard]] HeadPreview preview() const override;
  PublishedObject publish() override;
  void discard() noexcept override;

 private:
  enum class State { open, published, discarded };

  void check_locked() const;
  void open_locked();
  void write_at_locked(std::uint64_t offset, std::span<const std::byte> data);
  void shift_tail_locked(std::uint64_t by);
  void flush_locked();
  void rename_locked();
  void sync_folder_locked();

  const std::string path_;
  const WriteOptions options_;
  ByteCounts& counts_;
  const std::stop_token stop_;
  HeadBuffer head_;
  std::uint64_t tail_bytes_ = 0;  ///< behind the head
  std::mutex mutex_;              ///< discard() may come from another thread
  // guarded by mutex_
  State state_ = State::open;
  FileHandle file_;
  std::string hidden_path_;
};

}  // namespace s3reel::io
