#include "io/file_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "base/units.h"
#include "io/system_error.h"

namespace s3reel::io {
namespace {

constexpr std::size_t kShiftBytes = base::kMiB;
constexpr int kNameAttempts = 100;
constexpr mode_t kFileMode = 0666;  // the user's umask decides

struct SplitPath {
  std::string folder;
  std::string name;
};

SplitPath split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return {".", path};
  }
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::string random_suffix() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::size_t kLength = 6;
  std::random_device random;
  std::uniform_int_distribution<std::size_t> pick(0, kLetters.size() - 1);
  std::string suffix;
  for (std::size_t i = 0; i < kLength; ++i) {
    suffix += kLetters[pick(random)];
  }
  return suffix;
}

Error exists_error(const std::string& path) {
  return Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "file.publish",
      .subject = path,
      .reason = "the file exists and is not to be replaced",
      .hint = "choose another name or leave out --no-clobber"});
}

/// A rename would replace a device or a folder as readily as a file.
void refuse_odd_destination(const std::string& path) {
  struct stat facts {};

  if (::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "file.create",
        .subject = path,
        .reason = "exists and is not a regular file",
        .hint = "give the path of a file, or - for standard output"});
  }
}

}  // namespace

FileWriter::FileWriter(
    std::string path, WriteOptions options, ByteCounts& counts, std::stop_token stop)
    : path_(std::move(path)),
      options_(std::move(options)),
      counts_(counts),
      stop_(std::move(stop)) {}

void FileWriter::append(std::span<const std::byte> data) {
  const std::scoped_lock lock(mutex_);
  check_locked();
  open_locked();
  const auto rest = data.subspan(head_.append(data));
  write_at_locked(head_.capacity() + tail_bytes_, rest);
  tail_bytes_ += rest.size();
  counts_.written += rest.size();
}

void FileWriter::patch(std::uint64_t offset, std::span<const std::byte> data) {
  head_.patch(offset, data);
}

void FileWriter::insert(std::uint64_t offset, std::vector<std::byte> data) {
  head_.insert(offset, std::move(data));
}

HeadPreview FileWriter::preview() const {
  return {.head = head_.copy(), .size = head_.size() + tail_bytes_};
}

PublishedObject FileWriter::publish() {
  const std::scoped_lock lock(mutex_);
  check_locked();
  open_locked();
  shift_tail_locked(head_.inserted_bytes());
  std::uint64_t offset = 0;
  for (const auto piece : head_.spans()) {
    write_at_locked(offset, piece);
    offset += piece.size();
  }
  counts_.written += offset;
  flush_locked();
  rename_locked();
  state_ = State::published;
  sync_folder_locked();
  return {
      .url = path_,
      .size = head_.size() + tail_bytes_,
      .guard = options_.no_clobber ? Guard::guarded : Guard::none};
}

void FileWriter::discard() noexcept {
  const std::scoped_lock lock(mutex_);
  if (state_ != State::open) {
    return;
  }
  state_ = State::discarded;
  if (file_.valid()) {
    // Best effort: the hidden name says what the file is if the folder forbids its removal.
    static_cast<void>(file_.close());
  }
  if (!hidden_path_.empty()) {
    static_cast<void>(::unlink(hidden_path_.c_str()));
  }
}

void FileWriter::check_locked() const {
  if (state_ != State::open) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::internal,
        .operation = "file.write",
        .subject = path_,
        .reason = "the writer was published or discarded before"});
  }
  if (stop_.stop_requested()) {
    throw base::Cancelled();
  }
}

void FileWriter::open_locked() {
  if (file_.valid()) {
    return;
  }
  refuse_odd_destination(path_);
  const SplitPath parts = split(path_);
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    std::string candidate =
        fmt::format("{}/.{}.s3reel-{}", parts.folder, parts.name, random_suffix());
    const int fd = ::open(candidate.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
    if (fd >= 0) {
      file_ = FileHandle(fd);
      hidden_path_ = std::move(candidate);
      return;
    }
    if (errno != EEXIST) {
      throw system_error("file.create", candidate, errno);
    }
  }
  throw system_error("file.create", path_, EEXIST);
}

void FileWriter::write_at_locked(std::uint64_t offset, std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t count =
        ::pwrite(file_.get(), data.data(), data.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw system_error("file.write", hidden_path_, errno);
    }
    offset += static_cast<std::uint64_t>(count);
    data = data.subspan(static_cast<std::size_t>(count));
  }
}

/// Moves all that lies behind the head back by `by` bytes, last block first so that nothing is
/// overwritten before it was read.
void FileWriter::shift_tail_locked(std::uint64_t by) {
  if (by == 0 || tail_bytes_ == 0) {
    return;
  }
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kShiftBytes);
  std::uint64_t left = tail_bytes_;
  while (left > 0) {
    if (stop_.stop_requested()) {
      throw base::Cancelled();
    }
    const std::size_t step = static_cast<std::size_t>(std::min<std::uint64_t>(left, kShiftBytes));
    left -= step;
    const std::uint64_t from = head_.capacity() + left;
    std::size_t done = 0;
    while (done < step) {
      const ssize_t count =
          ::pread(file_.get(), buffer.get() + done, step - done, static_cast<off_t>(from + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        throw system_error("file.read", hidden_path_, count < 0 ? errno : EIO);
      }
      done += static_cast<std::size_t>(count);
    }
    write_at_locked(from + by, {buffer.get(), step});
  }
}

void FileWriter::flush_locked() {
  if (::fsync(file_.get()) != 0 || !file_.close()) {
    throw system_error("file.flush", hidden_path_, errno);
  }
}

void FileWriter::rename_locked() {
  if (!options_.no_clobber) {
    if (::rename(hidden_path_.c_str(), path_.c_str()) != 0) {
      throw system_error("file.rename", path_, errno);
    }
    return;
  }
  if (::renameat2(AT_FDCWD, hidden_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    return;
  }
  if (errno == EEXIST) {
    throw exists_error(path_);
  }
  if (errno != EINVAL && errno != ENOSYS) {
    throw system_error("file.rename", path_, errno);
  }
  // A file system without RENAME_NOREPLACE: link() refuses an existing name just as atomically.
  if (::link(hidden_path_.c_str(), path_.c_str()) != 0) {
    throw errno == EEXIST ? exists_error(path_) : system_error("file.link", path_, errno);
  }
  static_cast<void>(::unlink(hidden_path_.c_str()));
}

/// The new name is durable once its folder is. Some file systems cannot do it; the file is whole
/// and visible all the same, so that is no failure.
void FileWriter::sync_folder_locked() {
  const std::string folder = split(path_).folder;
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.valid()) {
    static_cast<void>(::fsync(handle.get()));
  }
}

}  // namespace s3reel::io
