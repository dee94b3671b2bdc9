#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "app/stores.h"
#include "media/demuxer.h"
#include "media/frame_cursor.h"
#include "media/graph_input.h"

namespace s3reel::app {

/// One way into a video: its bytes, its demuxer and a cursor through its picture. Used by one
/// thread, except stop(), which any may call.
class SourceEntry {
 public:
  /// Opens it; a request of `stop_source` ends whatever waits in it, for good.
  SourceEntry(
      const Location& source,
      std::uint64_t read_ahead,
      int threads,
      base::Clock& clock,
      const base::Log& log,
      std::stop_source stop_source);

  void stop() noexcept { stop_source_.request_stop(); }

  [[nodiscard]] const media::Demuxer& demuxer() const { return demuxer_; }

  [[nodiscard]] media::FrameCursor& cursor() { return cursor_; }

  [[nodiscard]] int picture() const { return picture_; }

  /// All of its frames, for a filter graph. At most once, instead of the cursor.
  [[nodiscard]] std::unique_ptr<media::GraphInput> frames();

 private:
  std::stop_source stop_source_;
  LocationStore store_;
  const std::unique_ptr<io::ByteSource> bytes_;
  media::Demuxer demuxer_;
  const int picture_;
  media::FrameCursor cursor_;
};

}  // namespace s3reel::app
