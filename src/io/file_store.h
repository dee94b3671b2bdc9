#pragma once

#include "io/byte_counts.h"
#include "io/object_store.h"

namespace s3reel::io {

/// Local files, and standard output as "-". Reads go through pread; a file that changes its size or
/// modification time under the job is Error{refused}. A result is written beside its destination
/// under a hidden name (`.name.s3reel-XXXXXX`) and renamed when it is whole.
class FileStore final : public ObjectStore {
 public:
  std::unique_ptr<ByteSource> open(const std::string& url, std::stop_token stop) override;
  std::unique_ptr<ObjectWriter> create(
      const std::string& url, WriteOptions options, std::stop_token stop) override;
  std::optional<SourceIdentity> head(const std::string& url, std::stop_token stop) override;

  [[nodiscard]] const ByteCounts& counts() const { return counts_; }

 private:
  ByteCounts counts_;
};

}  // namespace s3reel::io
