#pragma once

/// The bytes of objects, for video code that has its own demuxer or muxer: read at any place, and
/// written front to back with a head that stays open.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "s3reel/job.h"
#include "s3reel/report.h"
#include "s3reel/s3reel.h"

namespace s3reel {

/// One generation of an object, read ahead by parallel ranged requests. Used by one thread.
/// `observer` must outlive it.
class SourceObject {
 public:
  /// Opens it. Throws Error{refused} if there is no such object.
  SourceObject(
      const Location& source,
      const MemorySettings& memory,
      Observer& observer,
      std::stop_token stop = {});

  SourceObject(const SourceObject&) = delete;
  SourceObject& operator=(const SourceObject&) = delete;
  ~SourceObject();

  /// URL, size and generation.
  [[nodiscard]] const ObjectFacts& facts() const;

  /// Blocks until at least one byte is there; returns how many were written to `out`, 0 only at the
  /// end. Throws Error{refused} if the object changed; after a stop request Error{interrupted}, for
  /// good.
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out);

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

struct SinkSettings {
  std::string content_type = "application/octet-stream";
  bool no_clobber = false;  ///< refuse to replace an existing object
  MemorySettings memory{};
};

/// What was published, and what of it was compared with the store (docs/report.md).
struct SinkFacts {
  ObjectFacts object{};
  std::map<std::string, std::string> checks{};
};

/// An object that is written and appears whole with publish(), or not at all. Used by one thread;
/// `observer` must outlive it.
///
/// The first 5 MiB may be written again until then. An MP4 or MOV that a muxer writes in one pass,
/// with its index at the end, is published with the index in front, and as long as it is written,
/// the muxer may go back in it.
class SinkObject {
 public:
  /// Nothing is sent before the first part is full, but a look whether the object exists where it
  /// is not to be replaced. Throws Error{refused} for an existing object that is not to be
  /// replaced.
  SinkObject(
      const Location& destination,
      const SinkSettings& settings,
      Observer& observer,
      const std::stop_token& stop = {});

  SinkObject(const SinkObject&) = delete;
  SinkObject& operator=(const SinkObject&) = delete;

  /// Unpublished, it discards what it uploaded.
  ~SinkObject();

  /// Blocks while as many parts as the memory allows are on their way. Throws Error{usage} for a
  /// place that cannot be written any more. What failed to be written is missing, whatever comes
  /// after it: publish() refuses then.
  void write(std::uint64_t offset, std::span<const std::byte> data);

  /// One past the last byte written.
  [[nodiscard]] std::uint64_t end() const;

  /// At most once. When it throws, nothing was published, unless the error says that this could not
  /// be settled.
  SinkFacts publish();

  /// Removes what was uploaded, and returns when that is done. Idempotent; after publish() nothing.
  void discard() noexcept;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace s3reel
