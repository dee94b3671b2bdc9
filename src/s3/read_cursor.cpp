#include "s3/read_cursor.h"

#include <algorithm>

namespace s3reel::s3 {

std::shared_ptr<RangeChunk> ReadCursor::find(std::uint64_t offset) const {
  const auto found = std::find_if(
      chunks.begin(), chunks.end(), [offset](const auto& chunk) { return chunk->holds(offset); });
  return found == chunks.end() ? nullptr : *found;
}

std::uint64_t ReadCursor::ahead() const {
  std::uint64_t bytes = 0;
  for (const auto& chunk : chunks) {
    bytes += chunk->ahead_of(position);
  }
  return bytes;
}

bool ReadCursor::wants_more(std::uint64_t limit, const ReaderSettings& settings) const {
  if (phase == Phase::fresh) {
    return false;
  }
  const std::uint64_t reach = std::min(window, limit);
  const std::uint64_t now = ahead();
  return now <= reach / 2 || now + request_bytes(limit, settings) <= reach;
}

/// The whole window while it is small, so that few requests reach far; a quarter of it later, so
/// that several run at once.
std::uint64_t ReadCursor::request_bytes(std::uint64_t limit, const ReaderSettings& settings) const {
  const std::uint64_t reach = std::min(window, limit);
  const std::uint64_t wanted = std::min(reach, std::max(settings.steady_window, reach / 4));
  return std::max(kBlockBytes, std::min(wanted, settings.max_request));
}

void ReadCursor::on_read(
    const RangeChunk& chunk,
    std::uint64_t offset,
    std::size_t count,
    const ReaderSettings& settings) {
  position = offset + count;
  delivered += count;
  if (phase == Phase::fresh) {
    if (delivered > settings.first_window / 2) {
      phase = Phase::reading;
      window = 2 * settings.first_window;
      grown_in = &chunk;
    }
    return;
  }
  const bool newest = !chunks.empty() && chunks.back().get() == &chunk;
  if (newest && window < settings.steady_window && grown_in != &chunk) {
    grown_in = &chunk;
    window = std::min(4 * window, settings.steady_window);
  }
}

void ReadCursor::on_stall(const RangeChunk& chunk, const ReaderSettings& settings) {
  if (phase == Phase::reading && window >= settings.steady_window && grown_in != &chunk) {
    grown_in = &chunk;
    window = std::min(2 * window, settings.budget);
  }
}

void ReadCursor::on_shortage(const ReaderSettings& settings) {
  window = std::max(settings.first_window, window / 2);
}

void ReadCursor::release_behind(const ReaderSettings& settings) {
  release(settings.back_window, RangeChunk::Which::read);
  release(std::max(settings.back_window, settings.skipped_window), RangeChunk::Which::all);
}

void ReadCursor::release_skipped(const ReaderSettings& settings) {
  release(settings.back_window, RangeChunk::Which::all);
}

void ReadCursor::release(std::uint64_t distance, RangeChunk::Which which) {
  if (position <= distance) {
    return;
  }
  for (const auto& chunk : chunks) {
    chunk->release_before(position - distance, which);
  }
  std::erase_if(chunks, [](const auto& chunk) { return chunk->exhausted(); });
}

}  // namespace s3reel::s3
