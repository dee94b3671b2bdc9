#pragma once

#include <utility>

#include <unistd.h>

namespace s3reel::io {

/// Owns a file descriptor. Move-only.
class FileHandle {
 public:
  FileHandle() = default;

  explicit FileHandle(int fd) : fd_(fd) {}

  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  FileHandle& operator=(FileHandle&& other) noexcept {
    if (this != &other) {
      static_cast<void>(close());
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  ~FileHandle() { static_cast<void>(close()); }

  [[nodiscard]] int get() const noexcept { return fd_; }

  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }

  /// False when the last write error shows only now; errno says which.
  [[nodiscard]] bool close() noexcept {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_ = -1;
};

}  // namespace s3reel::io
