#include "app/memory_shares.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/media_session.h"
#include "app/stores.h"
#include "base/units.h"
#include "io/location.h"
#include "io/object_writer.h"
#include "media/codec_memory.h"
#include "s3/part_layout.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

using base::kMiB;

constexpr std::uint64_t kSmallestBudget = 64 * kMiB;
constexpr std::uint64_t kLargestBudget = 1024 * kMiB;

// The usual size of each buffer, which a large budget does not change, and the smallest.
constexpr std::uint64_t kReadAhead = 24 * kMiB;
constexpr std::uint64_t kLeastReadAhead = 4 * kMiB;
constexpr std::uint64_t kPacketQueue = 4 * kMiB;
constexpr std::uint64_t kLeastPacketQueue = kMiB;
constexpr std::uint64_t kInterleaver = 8 * kMiB;
constexpr std::uint64_t kLeastInterleaver = 2 * kMiB;
constexpr std::uint64_t kPart = 8 * kMiB;
constexpr int kPartsInFlight = 2;
constexpr int kFrames = 8;
constexpr int kLeastFrames = 2;  // one on either side of the chain

/// A fixed fraction of the budget, so that shares shrink together.
std::uint64_t fraction(std::uint64_t budget, int divisor, std::uint64_t least, std::uint64_t most) {
  return std::clamp(budget / static_cast<std::uint64_t>(divisor), least, most);
}

/// What queues keep for so many frames: as much as decoders may take for them.
std::uint64_t frames_share(int frames, std::uint64_t frame_bytes) {
  return static_cast<std::uint64_t>(frames) * media::most_buffer_bytes(frame_bytes);
}

int frames_that_fit(std::uint64_t bytes, std::uint64_t frame_bytes) {
  const auto fit =
      static_cast<int>(std::min<std::uint64_t>(bytes / frames_share(1, frame_bytes), kFrames));
  return std::max(fit / 2 * 2, kLeastFrames);
}

/// The parts get what the others leave. False: that is too little.
bool share_parts(const MemorySettings& settings, std::uint64_t left, MemoryShares& shares) {
  shares.parts = left;
  const auto smallest = settings.part_size.value_or(s3::kMinPartBytes);
  shares.parts_in_flight = settings.parts_in_flight.value_or(
      left >= smallest * (kPartsInFlight + 1) ? kPartsInFlight : 1);
  const auto count = static_cast<std::uint64_t>(shares.parts_in_flight) + 1;
  shares.part_size =
      settings.part_size.value_or(std::clamp(left / count / kMiB * kMiB, s3::kMinPartBytes, kPart));
  return shares.part_size * count <= left;
}

/// nullopt: the budget is too small for so many frames.
std::optional<MemoryShares> try_share(
    const MemorySettings& settings,
    std::uint64_t budget,
    const MemoryNeeds& needs,
    int queued_frames) {
  MemoryShares shares{
      .budget = budget, .frame_bytes = needs.frame_bytes, .expected_bytes = needs.expected_bytes};
  if (needs.reads_store) {
    shares.read_ahead = read_ahead_share(settings, budget);
  }
  shares.interleaver = fraction(budget, 16, kLeastInterleaver, kInterleaver);
  shares.head = io::kRetainedHeadBytes;
  if (needs.frame_bytes > 0) {
    shares.packet_queue = fraction(budget, 32, kLeastPacketQueue, kPacketQueue);
    shares.queued_frames = std::max(queued_frames, kLeastFrames);
    shares.frames = frames_share(shares.queued_frames, needs.frame_bytes);
  }
  const std::uint64_t used = shares.at_first();
  if (used > budget) {
    return std::nullopt;
  }
  if (!needs.writes_store) {
    return shares;
  }
  if (!share_parts(settings, budget - used, shares)) {
    return std::nullopt;
  }
  const s3::PartLayout layout(shares.part_size, needs.expected_bytes, shares.parts);
  return layout.capacity() >= needs.expected_bytes.value_or(0) ? std::optional(shares)
                                                               : std::nullopt;
}

std::optional<MemoryShares> try_share(
    const MemorySettings& settings, std::uint64_t budget, const MemoryNeeds& needs) {
  const int usual = needs.frame_bytes > 0 ? frames_that_fit(budget / 4, needs.frame_bytes) : 0;
  auto shares = try_share(settings, budget, needs, settings.queued_frames.value_or(usual));
  return shares || settings.queued_frames ? shares
                                          : try_share(settings, budget, needs, kLeastFrames);
}

std::uint64_t smallest_budget(const MemorySettings& settings, const MemoryNeeds& needs) {
  std::uint64_t budget = kMiB;
  while (!try_share(settings, budget, needs)) {
    budget += kMiB;
  }
  return budget;
}

}  // namespace

std::uint64_t memory_budget(const MemorySettings& settings, std::uint64_t machine_limit) {
  return settings.budget.value_or(std::clamp(machine_limit / 4, kSmallestBudget, kLargestBudget));
}

std::uint64_t read_ahead_share(const MemorySettings& settings, std::uint64_t budget) {
  return settings.read_ahead.value_or(fraction(budget, 4, kLeastReadAhead, kReadAhead));
}

s3::StoreBuffers MemoryShares::store_buffers() const {
  return {
      .read_ahead = read_ahead,
      .part_size = part_size,
      .parts_in_flight = parts_in_flight,
      .parts_memory = parts};
}

pipeline::Limits MemoryShares::queues() const {
  return {
      .packet_bytes = packet_queue,
      .interleaver_bytes = interleaver,
      .frames = static_cast<std::size_t>(queued_frames),
      .frame_bytes = frames};
}

std::uint64_t MemoryShares::at_first() const {
  return read_ahead + packet_queue + interleaver + head + frames +
         part_size * static_cast<std::uint64_t>(part_size > 0 ? parts_in_flight + 1 : 0);
}

MemoryNeeds needs_of(const Job& job, const MediaSession& session) {
  const bool copied = job.video.codec == "copy";
  return {
      .reads_store = reads_by_requests(job.source),
      .writes_store = io::parse_location(job.destination.url).kind == io::LocationKind::s3,
      .frame_bytes = session.picture_bytes(),
      .expected_bytes = copied ? std::optional(session.identity().size) : std::nullopt};
}

MemoryShares share_memory(
    const MemorySettings& settings, std::uint64_t budget, const MemoryNeeds& needs) {
  if (const auto shares = try_share(settings, budget, needs)) {
    return *shares;
  }
  const std::uint64_t smallest = smallest_budget(settings, needs);
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "memory",
      .reason = fmt::format(
          "the buffers of this job need {} at least, and its budget is {}",
          base::format_bytes(smallest),
          base::format_bytes(budget)),
      .hint = fmt::format(
          "give --memory {}M{}",
          smallest / kMiB,
          settings.part_size || settings.read_ahead || settings.parts_in_flight
              ? ", or smaller --read-ahead, --part-size or --parts-in-flight"
              : "")});
}

}  // namespace s3reel::app
