#include "io/memory_store.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "io/head_buffer.h"

namespace s3reel::io {
namespace {

using Bytes = std::vector<std::byte>;

Error name_taken(const std::string& url) {
  return Error(ErrorInfo{
      .kind = ErrorKind::refused,
      .operation = "memory.publish",
      .subject = url,
      .reason = "the object exists and is not to be replaced"});
}

/// Checks for a stop before each read.
class StoredSource final : public ByteSource {
 public:
  StoredSource(SourceIdentity identity, std::shared_ptr<const Bytes> bytes, std::stop_token stop)
      : source_(identity.url, std::move(bytes)),
        identity_(std::move(identity)),
        stop_(std::move(stop)) {}

  [[nodiscard]] const SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (stop_.stop_requested()) {
      throw base::Cancelled();
    }
    return source_.read_at(offset, out);
  }

 private:
  MemorySource source_;
  SourceIdentity identity_;
  std::stop_token stop_;
};

class MemoryWriter final : public ObjectWriter {
 public:
  MemoryWriter(MemoryStore& store, std::string url, WriteOptions options, std::stop_token stop)
      : store_(store), url_(std::move(url)), options_(std::move(options)), stop_(std::move(stop)) {}

  [[nodiscard]] std::size_t retained_bytes() const override { return head_.capacity(); }

  void append(std::span<const std::byte> data) override {
    check();
    const auto rest = data.subspan(head_.append(data));
    tail_.insert(tail_.end(), rest.begin(), rest.end());
  }

  void patch(std::uint64_t offset, std::span<const std::byte> data) override {
    head_.patch(offset, data);
  }

  void insert(std::uint64_t offset, std::vector<std::byte> data) override {
    head_.insert(offset, std::move(data));
  }

  [[nodiscard]] HeadPreview preview() const override {
    return {.head = head_.copy(), .size = head_.size() + tail_.size()};
  }

  PublishedObject publish() override {
    check();
    if (options_.no_clobber && store_.find(url_)) {
      throw name_taken(url_);
    }
    Bytes bytes = head_.copy();
    bytes.insert(bytes.end(), tail_.begin(), tail_.end());
    const std::uint64_t size = bytes.size();
    closed_ = true;
    return {
        .url = url_,
        .size = size,
        .etag = store_.put(url_, std::move(bytes), options_),
        .guard = options_.no_clobber ? Guard::checked_only : Guard::none};
  }

  void discard() noexcept override { closed_ = true; }

 private:
  void check() const {
    if (closed_) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::internal,
          .operation = "memory.write",
          .subject = url_,
          .reason = "the writer was published or discarded before"});
    }
    if (stop_.stop_requested()) {
      throw base::Cancelled();
    }
  }

  MemoryStore& store_;
  const std::string url_;
  const WriteOptions options_;
  const std::stop_token stop_;
  std::atomic<bool> closed_{false};
  HeadBuffer head_;
  Bytes tail_;
};

}  // namespace

MemorySource::MemorySource(std::string url, std::shared_ptr<const std::vector<std::byte>> bytes)
    : identity_{.url = std::move(url), .size = bytes->size()}, bytes_(std::move(bytes)) {}

std::size_t MemorySource::read_at(std::uint64_t offset, std::span<std::byte> out) {
  if (offset >= identity_.size || out.empty()) {
    return 0;
  }
  const std::size_t count = std::min(out.size(), bytes_->size() - static_cast<std::size_t>(offset));
  std::copy_n(bytes_->begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
  return count;
}

std::unique_ptr<ByteSource> MemoryStore::open(const std::string& url, std::stop_token stop) {
  const auto object = find(url);
  if (!object) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "memory.open",
        .subject = url,
        .reason = "there is no such object"});
  }
  SourceIdentity identity{
      .url = url,
      .size = object->bytes->size(),
      .etag = object->etag,
      .content_type = object->content_type};
  return std::make_unique<StoredSource>(std::move(identity), object->bytes, std::move(stop));
}

std::unique_ptr<ObjectWriter> MemoryStore::create(
    const std::string& url, WriteOptions options, std::stop_token stop) {
  return std::make_unique<MemoryWriter>(*this, url, std::move(options), std::move(stop));
}

std::optional<SourceIdentity> MemoryStore::head(const std::string& url, std::stop_token stop) {
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  const auto object = find(url);
  if (!object) {
    return std::nullopt;
  }
  return SourceIdentity{
      .url = url,
      .size = object->bytes->size(),
      .etag = object->etag,
      .content_type = object->content_type};
}

std::string MemoryStore::put(
    const std::string& url, std::vector<std::byte> bytes, WriteOptions options) {
  auto shared = std::make_shared<const Bytes>(std::move(bytes));
  const std::scoped_lock lock(mutex_);
  ++generation_;
  std::string etag = fmt::format("\"{}\"", generation_);
  objects_[url] =
      Object{std::move(shared), etag, std::move(options.content_type), std::move(options.metadata)};
  return etag;
}

std::optional<MemoryStore::Object> MemoryStore::find(const std::string& url) const {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(url);
  return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace s3reel::io
