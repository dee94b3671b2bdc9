#pragma once

/// The frames of a video to look at, from any place on, without a result.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "s3reel/job.h"
#include "s3reel/op.h"
#include "s3reel/s3reel.h"

namespace s3reel {

namespace app {
class ReaderCore;
}

struct ReaderSettings {
  int threads = 0;  ///< of the decoder; 0: by machine
  /// The budget is for read-ahead and for frames that were decoded before they are asked for.
  MemorySettings memory{};
};

/// How frames are handed out.
struct FrameLook {
  std::string format{};  ///< FFmpeg's name of a pixel format; empty: as they were decoded
  int width = 0;         ///< with height, in pixels; 0: as they are
  int height = 0;
};

/// Which frames. Times are in seconds, those that ops of a job get: the video begins at zero.
struct FrameSelection {
  double start = 0.0;           ///< the first frame is at or behind it
  std::optional<double> end{};  ///< and all are before this
  /// Above zero: not every frame, but those shown at start, start + step, start + 2 * step, …
  double step = 0.0;
  FrameLook look{};
};

/// Frames in the order of presentation, decoded ahead by a thread of its own: a few frames, so that
/// memory is flat. Used by one thread; it may outlive its reader.
class FrameSequence {
 public:
  FrameSequence() = default;
  FrameSequence(const FrameSequence&) = delete;
  FrameSequence& operator=(const FrameSequence&) = delete;
  virtual ~FrameSequence() = default;

  /// Waits for a frame, `patience` at most. True: next() will not wait.
  virtual bool wait_for(std::chrono::milliseconds patience) = 0;

  /// nullopt: no frame follows. Throws Error: what was handed out before is good. A film read from
  /// its beginning to its end that has fewer frames than it promises ends in Error{input}.
  virtual std::optional<Frame> next() = 0;
};

/// A video that stays open. Only the parts of it are read that the frames asked for need, where its
/// container tells which those are; all from one generation of the object.
///
/// Any number of threads may call; the memory of ReaderSettings is that of each sequence and each
/// call that is under way at the same time. A sequence that was broken off costs the next one an
/// opening request. `observer` must outlive reader and sequences.
class VideoReader {
 public:
  /// Opens it. Throws Error{input} if it is no video, Error{refused} or {unavailable} for the
  /// store.
  VideoReader(
      const Location& source,
      const ReaderSettings& settings,
      Observer& observer,
      std::stop_token stop = {});

  VideoReader(const VideoReader&) = delete;
  VideoReader& operator=(const VideoReader&) = delete;
  ~VideoReader();

  [[nodiscard]] const Probe& facts() const;

  /// Of the picture, as far as its container says; the format may be empty.
  [[nodiscard]] const VideoFacts& video() const;

  /// Throws Error{usage} for a selection that makes no sense, Error{refused} if the object changed.
  [[nodiscard]] std::unique_ptr<FrameSequence> frames(
      const FrameSelection& selection, std::stop_token stop = {});

  /// The frame shown at `seconds`; the first one where none is shown yet. Throws Error{usage} for a
  /// time behind the end.
  [[nodiscard]] Frame frame_at(
      double seconds, const FrameLook& look = {}, const std::stop_token& stop = {});

 private:
  std::shared_ptr<app::ReaderCore> core_;
};

}  // namespace s3reel
