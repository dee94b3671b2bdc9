#include "app/memory_shares.h"

#include <algorithm>
#include <thread>
#include <variant>

#include <fmt/format.h>

#include "app/media_session.h"
#include "app/op_reader.h"
#include "app/stores.h"
#include "base/units.h"
#include "io/location.h"
#include "io/object_writer.h"
#include "media/codec_memory.h"
#include "media/picture.h"
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

std::uint64_t ops_share(const MemoryNeeds& needs, int workers) {
  const std::size_t frames =
      needs.op_frames.always + needs.op_frames.by_worker * static_cast<std::size_t>(workers);
  return frames * media::most_buffer_bytes(needs.op_frame_bytes);
}

int workers_that_fit(std::uint64_t bytes, const MemoryNeeds& needs) {
  auto workers = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  while (workers > 1 && ops_share(needs, workers) > bytes) {
    --workers;
  }
  return workers;
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
    int queued_frames,
    int op_workers) {
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
    shares.op_workers = op_workers;
    shares.op_frames = ops_share(needs, op_workers);
    shares.op_inputs = needs.op_inputs;
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
  const int workers = needs.op_threads > 0 ? needs.op_threads : workers_that_fit(budget / 4, needs);
  if (auto shares =
          try_share(settings, budget, needs, settings.queued_frames.value_or(usual), workers)) {
    return shares;
  }
  return try_share(
      settings,
      budget,
      needs,
      settings.queued_frames.value_or(kLeastFrames),
      needs.op_threads > 0 ? needs.op_threads : 1);
}

std::uint64_t smallest_budget(const MemorySettings& settings, const MemoryNeeds& needs) {
  std::uint64_t budget = kMiB;
  while (!try_share(settings, budget, needs)) {
    budget += kMiB;
  }
  return budget;
}

std::uint64_t inputs_of(const Job& job) {
  std::uint64_t count = 0;
  for (const OpSpec& op : job.ops) {
    if (const auto* graph = std::get_if<GraphOp>(&op)) {
      count += graph->inputs.size();
    }
  }
  return count;
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
  return read_ahead + packet_queue + interleaver + head + frames + op_frames + op_inputs +
         part_size * static_cast<std::uint64_t>(part_size > 0 ? parts_in_flight + 1 : 0);
}

MemoryNeeds needs_of(const Job& job, const MediaSession& session, const ops::Chain& chain) {
  const bool copied = job.video.codec == "copy";
  return {
      .reads_store = reads_by_requests(job.source),
      .writes_store = io::parse_location(job.destination.url).kind == io::LocationKind::s3,
      .frame_bytes = copied ? 0 : media::picture_bytes(session.picture()),
      .op_frames = chain.frames_held(),
      .op_frame_bytes = copied ? 0 : chain.largest_frame(session.picture()),
      .op_inputs = kInputReadAhead * inputs_of(job),
      .op_threads = job.op_threads,
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
          settings.part_size || settings.read_ahead || settings.parts_in_flight || needs.op_threads
              ? ", or smaller --read-ahead, --part-size, --parts-in-flight or --op-threads"
              : "")});
}

}  // namespace s3reel::app
