#include "io/file_store.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "io/file_handle.h"
#include "io/file_writer.h"
#include "io/location.h"
#include "io/pipe_writer.h"
#include "io/system_error.h"

namespace s3reel::io {
namespace {

SourceIdentity identity_of(const std::string& url, const struct stat& facts) {
  return {
      .url = url,
      .size = static_cast<std::uint64_t>(facts.st_size),
      .last_modified = fmt::format("{}.{:09}", facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec)};
}

/// The local path of `url`, which must name a file or a standard stream.
std::string path_of(const std::string& url) {
  ParsedLocation location = parse_location(url);
  if (location.kind == LocationKind::s3 || location.kind == LocationKind::web) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::internal,
        .operation = "file.open",
        .subject = url,
        .reason = "is not a local file"});
  }
  return std::move(location.path);
}

class FileSource final : public ByteSource {
 public:
  FileSource(
      const std::string& url, const std::string& path, ByteCounts& counts, std::stop_token stop)
      : counts_(counts), stop_(std::move(stop)), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (!file_.valid()) {
      throw system_error("file.open", path, errno);
    }
    const struct stat facts = facts_now(path);
    if (!S_ISREG(facts.st_mode)) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::input,
          .operation = "file.open",
          .subject = path,
          .reason = "is not a regular file",
          .hint = "a video is read out of order, which pipes and folders do not allow"});
    }
    identity_ = identity_of(url, facts);
    if (identity_.size == 0) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::input,
          .operation = "file.open",
          .subject = path,
          .reason = "the file is empty",
          .hint = "check whether what writes it has finished"});
    }
  }

  [[nodiscard]] const SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (stop_.stop_requested()) {
      throw base::Cancelled();
    }
    if (offset >= identity_.size || out.empty()) {
      return 0;
    }
    ssize_t count = -1;
    do {
      count = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      throw system_error("file.read", identity_.url, errno);
    }
    check_unchanged();
    if (count == 0) {
      throw changed();
    }
    counts_.read += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }

 private:
  [[nodiscard]] struct stat facts_now(const std::string& path) const {
    struct stat facts {};

    if (::fstat(file_.get(), &facts) != 0) {
      throw system_error("file.stat", path, errno);
    }
    return facts;
  }

  /// After the bytes were read, so that bytes of another generation are never handed out.
  void check_unchanged() const {
    const SourceIdentity now = identity_of(identity_.url, facts_now(identity_.url));
    if (now.size != identity_.size || now.last_modified != identity_.last_modified) {
      throw changed();
    }
  }

  [[nodiscard]] Error changed() const {
    return Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "file.read",
        .subject = identity_.url,
        .reason = "the file changed while it was read",
        .hint = "run again when nothing writes to it"});
  }

  ByteCounts& counts_;
  const std::stop_token stop_;
  FileHandle file_;
  SourceIdentity identity_;
};

}  // namespace

std::unique_ptr<ByteSource> FileStore::open(const std::string& url, std::stop_token stop) {
  const std::string path = path_of(url);
  if (path == "-") {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "file.open",
        .subject = "standard input",
        .reason = "a video is read out of order, which a pipe does not allow",
        .hint = "give a file or an s3:// location"});
  }
  return std::make_unique<FileSource>(url, path, counts_, std::move(stop));
}

std::unique_ptr<ObjectWriter> FileStore::create(
    const std::string& url, WriteOptions options, std::stop_token stop) {
  std::string path = path_of(url);
  if (path == "-") {
    return std::make_unique<PipeWriter>(STDOUT_FILENO, "standard output", counts_, std::move(stop));
  }
  return std::make_unique<FileWriter>(
      std::move(path), std::move(options), counts_, std::move(stop));
}

std::optional<SourceIdentity> FileStore::head(const std::string& url, std::stop_token stop) {
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  const std::string path = path_of(url);
  if (path == "-") {
    return std::nullopt;
  }

  struct stat facts {};

  if (::stat(path.c_str(), &facts) == 0) {
    return identity_of(url, facts);
  }
  if (errno == ENOENT || errno == ENOTDIR) {
    return std::nullopt;
  }
  throw system_error("file.stat", path, errno);
}

}  // namespace s3reel::io
