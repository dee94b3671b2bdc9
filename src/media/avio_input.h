#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>

#include "io/byte_source.h"
#include "media/claim_scan.h"
#include "media/index_guard.h"
#include "media/metered_source.h"
#include "media/ptr.h"

namespace s3reel::media {

/// Lets libavformat read from a ByteSource. `source` must outlive it. Used by one thread.
///
/// An exception of the source cannot pass through C frames: it is kept, libavformat gets an error
/// code, and the caller runs rethrow_pending() after every libav call that may have read, also when
/// that call reported end of file, because a demuxer may turn a read error into one. So does what
/// exceeds the limits: Error{input}.
class AvioInput {
 public:
  /// `opening_bytes` may be read until end_opening(), by the guards as well, `packet_bytes` at a
  /// time.
  explicit AvioInput(
      io::ByteSource& source,
      std::uint64_t opening_bytes = UINT64_MAX,
      std::uint64_t packet_bytes = UINT64_MAX);

  AvioInput(const AvioInput&) = delete;
  AvioInput& operator=(const AvioInput&) = delete;
  ~AvioInput() = default;

  [[nodiscard]] AVIOContext* context() { return avio_.get(); }

  void rethrow_pending();

  /// It is MP4 or MOV: its index is judged ahead of libavformat. Nothing was parsed yet. Throws as
  /// the guard does.
  void guard_index(std::uint64_t most_entries);

  /// It is of `format`: the same for what its head claims.
  void scan_claims(ClaimScan::Format format, std::uint64_t most);

  /// The streams are known: only the limits of a packet and of an index that grows hold from now
  /// on.
  void end_opening();

  /// What is read from now on belongs to another packet.
  void begin_packet() { packet_run_ = 0; }

  /// Time spent waiting for the source so far.
  [[nodiscard]] std::chrono::steady_clock::duration waited() const { return source_.waited(); }

 private:
  static int on_read(void* opaque, std::uint8_t* buffer, int size) noexcept;
  std::size_t read(std::span<std::byte> out);
  void count(std::size_t asked, std::size_t got);
  static std::int64_t on_seek(void* opaque, std::int64_t offset, int whence) noexcept;
  std::int64_t jump(std::uint64_t offset) noexcept;

  MeteredSource source_;
  std::uint64_t position_ = 0;
  std::exception_ptr pending_;
  std::uint64_t packet_bytes_;
  std::uint64_t packet_run_ = 0;  ///< read straight into one packet
  std::unique_ptr<IndexGuard> guard_;
  std::unique_ptr<ClaimScan> scan_;  ///< while it is opened
  AvioPtr avio_;
};

}  // namespace s3reel::media
