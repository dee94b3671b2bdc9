#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/units.h"

namespace s3reel::io {

/// How much of the beginning of an object a writer keeps in memory until publish(). It is S3's
/// smallest size of a part that is not the last (5 MiB), so that the head is a part of its own.
inline constexpr std::size_t kRetainedHeadBytes = 5 * base::kMiB;

/// How a no-clobber publication was protected.
enum class Guard {
  none,          ///< an existing destination is replaced
  checked_only,  ///< looked before the start and again just before publishing
  guarded        ///< the store itself refuses to replace
};

struct PublishedObject {
  std::string url;
  std::uint64_t size = 0;
  std::string etag{};
  std::string version_id{};
  Guard guard = Guard::none;
  /// What of it was compared with what the store has, by name: "verified", or why it could not be.
  std::map<std::string, std::string> checks{};
};

/// The head as it will be published: `head` bytes at offset 0 of an object of `size` bytes.
struct HeadPreview {
  std::vector<std::byte> head{};
  std::uint64_t size = 0;
};

/// One object being written, front to back, with a head that stays open until the end. Invisible to
/// readers until publish() returns; destroyed unpublished, it discards what it uploaded.
/// Used by one thread, except discard(), which any thread may call.
///
/// Offsets are positions in what was appended, before any insert().
class ObjectWriter {
 public:
  ObjectWriter() = default;
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;
  virtual ~ObjectWriter() = default;

  /// How many bytes at the beginning patch() and insert() may still touch: kRetainedHeadBytes, or 0
  /// for a pipe.
  [[nodiscard]] virtual std::size_t retained_bytes() const = 0;

  /// Adds `data` at the end; the bytes are copied. Blocks while as many parts as the budget allows
  /// are on their way. After a throw only discard() is allowed.
  virtual void append(std::span<const std::byte> data) = 0;

  /// Overwrites bytes that were appended, all of them inside the retained head.
  virtual void patch(std::uint64_t offset, std::span<const std::byte> data) = 0;

  /// Puts `data` in front of the byte at `offset` of the retained head. At most once, after the
  /// last append(). This is how the index of an MP4 comes to stand before its samples.
  virtual void insert(std::uint64_t offset, std::vector<std::byte> data) = 0;

  /// A copy of the head as publish() would write it now: all that is still in memory at the front.
  [[nodiscard]] virtual HeadPreview preview() const = 0;

  /// Makes the object visible, whole. At most once; throws after discard(). When it throws, the
  /// object was not published by this writer, unless the error says that this could not be settled.
  virtual PublishedObject publish() = 0;

  /// Idempotent. Waits for requests on their way, then removes what was uploaded; failures to
  /// remove are logged. After publish() it does nothing.
  virtual void discard() noexcept = 0;
};

struct WriteOptions {
  std::string content_type = "application/octet-stream";
  std::map<std::string, std::string> metadata{};  ///< user metadata, without a prefix
  bool no_clobber = false;                        ///< refuse to replace an existing object
  std::optional<std::uint64_t> expected_bytes{};  ///< an estimate; sizes the parts
  /// Someone waits for the end: discard() then removes what it can in seconds. Until it is stopped,
  /// discard() takes the time of all retries.
  std::stop_token hurry{};
};

}  // namespace s3reel::io
