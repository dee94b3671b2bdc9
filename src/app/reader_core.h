#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "app/observer_gate.h"
#include "app/source_entry.h"
#include "base/clock.h"
#include "s3reel/reader.h"

namespace s3reel::app {

/// What a reader and its sequences share: the source, and ways into it that nobody uses just now.
/// Any number of threads may call.
class ReaderCore {
 public:
  /// Opens the source once, to say what it is.
  ReaderCore(
      Location source, const ReaderSettings& settings, Observer& observer, std::stop_token stop);

  [[nodiscard]] const Probe& facts() const { return facts_; }

  [[nodiscard]] const VideoFacts& video() const { return video_; }

  /// Of decoded frames that nobody has asked for yet.
  [[nodiscard]] std::uint64_t frame_bytes() const { return budget_ / 4; }

  /// An idle entry, or a new one. Throws Error{refused} if the object is another by now. A request
  /// of `stop` ends the opening.
  std::unique_ptr<SourceEntry> take(std::stop_token stop);

  /// Of an entry that was not stopped and did not fail.
  void give_back(std::unique_ptr<SourceEntry> entry);

 private:
  std::unique_ptr<SourceEntry> open(std::stop_token stop);
  void check_unchanged(const io::SourceIdentity& now) const;

  const Location source_;
  const int threads_;
  const std::uint64_t budget_;
  const std::uint64_t read_ahead_;
  ObserverGate gate_;
  const base::Log log_;
  base::SystemClock clock_;
  Probe facts_;
  VideoFacts video_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SourceEntry>> idle_;  ///< guarded by mutex_
};

}  // namespace s3reel::app
