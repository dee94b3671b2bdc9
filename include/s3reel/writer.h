#pragma once

/// A result whose frames are made by the caller, beside the sound of another video.

#include <cstdint>
#include <memory>
#include <stop_token>

#include "s3reel/job.h"
#include "s3reel/op.h"
#include "s3reel/s3reel.h"

namespace s3reel {

/// Writes frames as the picture of a video that is like the job's source in everything else: sound,
/// subtitles, chapters, metadata, rotation, colours. Used by one thread. `observer` must outlive
/// it.
///
/// Nothing appears before publish(), and nothing of it stays when the writer is destroyed without.
class VideoWriter {
 public:
  /// Opens the source of `job` and begins the result; the job's ops, if any, get what is written.
  /// `width` and `height`: of all frames, as stored; 0: those of the source. Throws as process()
  /// does. A stop request discards the result.
  VideoWriter(Job job, int width, int height, Observer& observer, std::stop_token stop = {});

  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;
  ~VideoWriter();

  /// What frames must be: their size, and the time base of their times. The frame rate is that of
  /// the source.
  [[nodiscard]] const VideoFacts& video() const;

  /// A frame without pixels: size, time base and colours of the source, and this time.
  /// Frame::like() makes one with pixels of it, in any format.
  [[nodiscard]] Frame model(std::int64_t pts) const;

  /// Takes a frame in any pixel format; it is converted to the source's. Its time, in units of its
  /// own time base, comes after that of the one before it. Blocks while as many frames as the
  /// memory allows are on their way. Throws Error{usage} for a frame that does not fit, and what
  /// ended the job; then nothing more can be written.
  void write(Frame frame);

  /// At most once: no frame follows. Returns when the result is published, whole.
  Report publish();

  /// Returns when what was uploaded has been removed. Idempotent; after publish() nothing.
  void discard() noexcept;

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace s3reel
