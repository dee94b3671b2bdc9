#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "io/object_store.h"

namespace s3reel::io {

/// A ByteSource over bytes in memory.
class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string url, std::shared_ptr<const std::vector<std::byte>> bytes);

  [[nodiscard]] const SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  SourceIdentity identity_;
  std::shared_ptr<const std::vector<std::byte>> bytes_;
};

/// Objects in memory, for tests and examples. Any number of threads may call.
class MemoryStore final : public ObjectStore {
 public:
  struct Object {
    std::shared_ptr<const std::vector<std::byte>> bytes;
    std::string etag;
    std::string content_type;
    std::map<std::string, std::string> metadata;
  };

  std::unique_ptr<ByteSource> open(const std::string& url, std::stop_token stop) override;
  std::unique_ptr<ObjectWriter> create(
      const std::string& url, WriteOptions options, std::stop_token stop) override;
  std::optional<SourceIdentity> head(const std::string& url, std::stop_token stop) override;

  /// Puts an object there at once, replacing any other, and returns its ETag.
  std::string put(const std::string& url, std::vector<std::byte> bytes, WriteOptions options = {});

  /// nullopt: there is no such object.
  [[nodiscard]] std::optional<Object> find(const std::string& url) const;

 private:
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, Object> objects_;
  std::uint64_t generation_ = 0;
};

}  // namespace s3reel::io
