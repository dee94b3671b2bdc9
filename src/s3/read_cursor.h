#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "base/clock.h"
#include "s3/range_chunk.h"

namespace s3reel::s3 {

/// Sizes and counts of a reader. The defaults are for video over a network; tests make them small.
struct ReaderSettings {
  std::uint64_t budget = 24 * base::kMiB;         ///< bytes held or on their way, all cursors
  std::uint64_t first_window = 256 * base::kKiB;  ///< of the opening request and of each jump
  std::uint64_t steady_window =
      4 * base::kMiB;  ///< reached by reading on; beyond it only by stalls
  std::uint64_t max_request = 8 * base::kMiB;
  /// Kept behind the reader. A fragmented film alternates between runs of sound and picture that
  /// lie up to a fragment apart, and comes back to the middle of what it had read last.
  std::uint64_t back_window = 2 * base::kMiB;
  std::uint64_t skipped_window = 8 * base::kMiB;  ///< kept behind the reader if it was jumped over
  std::uint64_t short_jump = base::kMiB;          ///< forward, continues the same cursor
  std::size_t cursors = 4;
  int fetchers = 6;
  base::Clock::Duration hedge_after{2'000};  ///< see RangeFetcher
};

/// A place that the reader reads on from, with the chunks around it. Plain data and policy; used by
/// the reader's thread.
///
/// The window is how far the cursor reads ahead. It begins small, because many places are only
/// looked at. It grows in large steps up to the steady window each time the reader enters the
/// newest chunk, so that an index read in one go costs few requests; it doubles beyond when the
/// reader has to wait, and is halved when the budget is short.
struct ReadCursor {
  explicit ReadCursor(std::uint64_t at, const ReaderSettings& settings)
      : position(at), frontier(at), window(settings.first_window) {}

  enum class Phase {
    fresh,   ///< only its first window was asked for
    reading  ///< has read on: reads ahead
  };

  std::uint64_t position;  ///< end of the last read
  std::uint64_t frontier;  ///< end of what was asked for
  std::uint64_t window;
  std::uint64_t delivered = 0;
  std::uint64_t last_use = 0;  ///< bytes the reader had delivered in all when this was used
  Phase phase = Phase::fresh;
  bool rereads = false;                  ///< bytes it asks for may have been read before
  const RangeChunk* grown_in = nullptr;  ///< the window grows once for each chunk
  std::deque<std::shared_ptr<RangeChunk>> chunks{};  ///< ascending

  [[nodiscard]] std::shared_ptr<RangeChunk> find(std::uint64_t offset) const;
  [[nodiscard]] std::uint64_t ahead() const;  ///< asked for and not read
  [[nodiscard]] bool wants_more(std::uint64_t limit, const ReaderSettings& settings) const;
  [[nodiscard]] std::uint64_t request_bytes(
      std::uint64_t limit, const ReaderSettings& settings) const;

  void on_read(
      const RangeChunk& chunk,
      std::uint64_t offset,
      std::size_t count,
      const ReaderSettings& settings);
  /// The reader has to wait for this chunk.
  void on_stall(const RangeChunk& chunk, const ReaderSettings& settings);
  void on_shortage(const ReaderSettings& settings);

  /// Lets go what lies behind; what the reader jumped over is kept longer, since an interleaved
  /// file is read in small jumps forth and back.
  void release_behind(const ReaderSettings& settings);
  void release_skipped(const ReaderSettings& settings);

 private:
  void release(std::uint64_t distance, RangeChunk::Which which);
};

}  // namespace s3reel::s3
