#pragma once

#include <cstdint>
#include <optional>

#include "ops/chain.h"
#include "pipeline/limits.h"
#include "s3/s3_store.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// The budget of a job on a machine with that much memory.
std::uint64_t memory_budget(const MemorySettings& settings, std::uint64_t machine_limit);

/// The share of read-ahead; known before the source is, because opening it reads.
std::uint64_t read_ahead_share(const MemorySettings& settings, std::uint64_t budget);

/// What the buffers of a job depend on.
struct MemoryNeeds {
  bool reads_store = false;
  bool writes_store = false;
  std::uint64_t frame_bytes = 0;  ///< of one decoded picture; 0: the picture is copied
  ops::Chain::FramesHeld op_frames{};
  std::uint64_t op_frame_bytes = 0;  ///< of the largest one in the chain
  std::uint64_t op_inputs = 0;       ///< read ahead from other videos, in bytes
  int op_threads = 0;                ///< as many workers at most; 0: as there are processors
  /// Of a result whose size can be foreseen: its parts must hold it.
  std::optional<std::uint64_t> expected_bytes{};
};

/// How the budget is shared out. Every field is a limit that its buffer keeps, so that together
/// they never exceed the budget; only a frame or a packet that is larger than its queue is let in
/// alone. Bytes unless said otherwise.
struct MemoryShares {
  std::uint64_t budget = 0;
  std::uint64_t read_ahead = 0;
  std::uint64_t packet_queue = 0;  ///< coded packets before the decoder
  std::uint64_t interleaver = 0;   ///< coded packets before the muxer
  std::uint64_t head = 0;          ///< of the result
  int queued_frames = 0;           ///< before and behind the chain together
  std::uint64_t frames = 0;        ///< of these, as large as decoders may make them
  int op_workers = 1;
  std::uint64_t op_frames = 0;  ///< in the chain
  std::uint64_t op_inputs = 0;  ///< of other videos that go into it
  int parts_in_flight = 0;
  std::uint64_t part_size = 0;
  std::uint64_t parts = 0;  ///< all that is left: what parts may grow to
  // As they were needed.
  std::uint64_t frame_bytes = 0;
  std::optional<std::uint64_t> expected_bytes{};

  [[nodiscard]] s3::StoreBuffers store_buffers() const;
  [[nodiscard]] pipeline::Limits queues() const;

  /// Of the first parts: what a job of usual length holds.
  [[nodiscard]] std::uint64_t at_first() const;
};

/// Throws Error{usage} that names the smallest budget when this one is too small.
MemoryShares share_memory(
    const MemorySettings& settings, std::uint64_t budget, const MemoryNeeds& needs);

class MediaSession;

/// Of a job whose source is open.
MemoryNeeds needs_of(const Job& job, const MediaSession& session, const ops::Chain& chain);

}  // namespace s3reel::app
