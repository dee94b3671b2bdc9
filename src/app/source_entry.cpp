#include "app/source_entry.h"

#include <utility>

#include "media/cursor_input.h"
#include "media/stream_map.h"

namespace s3reel::app {
SourceEntry::SourceEntry(
    const Location& source,
    std::uint64_t read_ahead,
    int threads,
    base::Clock& clock,
    const base::Log& log,
    std::stop_source stop_source)
    : stop_source_(std::move(stop_source)),
      store_(source, {.read_ahead = read_ahead}, clock, log),
      bytes_(store_.store().open(source.url, stop_source_.get_token())),
      demuxer_(*bytes_, media::Demuxer::Depth::job, log),
      picture_(media::picture_stream(demuxer_)),
      cursor_(demuxer_, picture_, media::film_start(demuxer_), threads) {
  demuxer_.select({picture_});
}

std::unique_ptr<media::GraphInput> SourceEntry::frames() {
  return std::make_unique<media::CursorInput>(
      cursor_, demuxer_.frame_rate(picture_), demuxer_.identity().url);
}

}  // namespace s3reel::app
