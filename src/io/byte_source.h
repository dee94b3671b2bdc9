#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace s3reel::io {

/// What pins a source to one generation of an object. Fields a location does not know are empty.
struct SourceIdentity {
  std::string url;
  std::uint64_t size = 0;
  std::string etag{};  ///< with its quotes, exactly as the store sent it
  std::string version_id{};
  std::string last_modified{};
  std::string content_type{};
};

/// A half-open interval of bytes.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Random access to the bytes of one object that does not change while it is read: a change is an
/// error of kind `refused`, never a mixture. Used by one thread.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  [[nodiscard]] virtual const SourceIdentity& identity() const = 0;

  /// Blocks until at least one byte is there. Returns how many were written to `out`, at most
  /// out.size(); 0 only at or behind the end of the object. Throws Error, Cancelled after a stop.
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) = 0;

  /// Says which ranges will be read from now on, ascending and disjoint, so that read-ahead fetches
  /// nothing else. Only advice: any byte may still be read.
  virtual void plan(const std::vector<ByteRange>& ranges) { static_cast<void>(ranges); }
};

/// Reads as much of `out` as the object has at `offset`.
std::span<const std::byte> read_up_to(
    ByteSource& source, std::uint64_t offset, std::span<std::byte> out);

}  // namespace s3reel::io
