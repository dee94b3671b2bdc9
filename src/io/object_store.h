#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "io/byte_source.h"
#include "io/object_writer.h"

namespace s3reel::io {

/// One place that holds objects: S3, the file system, memory. Each location of a job owns its own
/// store with its own endpoint, region and credentials. `url` is a whole location as the user wrote
/// it. Any number of threads may call; what is returned has its own rule. The store must outlive
/// what it returned.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  /// Throws Error{refused} if there is no such object. A stop request makes reads throw Cancelled.
  virtual std::unique_ptr<ByteSource> open(const std::string& url, std::stop_token stop) = 0;

  /// Nothing is sent to the store before the first part is full. A stop request makes append() and
  /// publish() throw Cancelled; a publication already under way is waited for.
  virtual std::unique_ptr<ObjectWriter> create(
      const std::string& url, WriteOptions options, std::stop_token stop) = 0;

  /// nullopt: there is no such object.
  virtual std::optional<SourceIdentity> head(const std::string& url, std::stop_token stop) = 0;
};

}  // namespace s3reel::io
