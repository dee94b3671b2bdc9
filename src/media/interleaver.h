#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "media/ptr.h"

namespace s3reel::media {

/// Brings the packets of all streams of a result into one order by decode time.
///
/// It waits for a packet of every dense stream before it lets one go, but only while all that waits
/// here is below its limit of bytes; at the limit it lets go what it has. So a pusher waits only
/// for the taker, never for another pusher, and no layout of a source can make the stages wait for
/// each other in a ring.
///
/// Runs of one stream go on for half a second: MP4 stores them as one chunk, which keeps its index
/// small. Any number of threads may call any member.
class Interleaver {
 public:
  enum class Density {
    dense,  ///< has packets all the time: video, audio
    sparse  ///< may be silent for long: subtitles
  };

  /// One entry for each stream of the result; a stream index is an index into it.
  Interleaver(std::vector<Density> streams, std::size_t limit_bytes);

  /// Blocks while the limit is reached. The packet has its time base set. Throws Cancelled.
  void push(int stream, PacketPtr packet);

  /// No packet of this stream follows.
  void end(int stream);

  /// The next packet in order; its stream_index is set. Blocks until one may go. nullopt: every
  /// stream ended and is drained. Throws Cancelled.
  std::optional<PacketPtr> pop();

  /// Blocks until a packet could be popped or all streams ended.
  void wait();

  void cancel() noexcept;

 private:
  struct Stream {
    Density density = Density::dense;
    bool ended = false;
    std::deque<PacketPtr> packets{};
  };

  [[nodiscard]] bool ready_locked() const;
  [[nodiscard]] bool drained_locked() const;
  [[nodiscard]] std::size_t choose_locked() const;
  [[nodiscard]] std::optional<std::size_t> earliest_locked() const;

  const std::size_t limit_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::vector<Stream> streams_;
  std::size_t bytes_ = 0;
  std::size_t current_ = 0;  ///< the stream of the last packet
  bool cancelled_ = false;
};

}  // namespace s3reel::media
