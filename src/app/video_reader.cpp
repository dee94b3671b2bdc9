#include <utility>

#include "app/frame_sequence.h"
#include "app/media_session.h"
#include "app/reader_core.h"
#include "media/frame_walk.h"
#include "media/library.h"
#include "ops/frame_access.h"
#include "s3reel/reader.h"

namespace s3reel {

VideoReader::VideoReader(
    const Location& source,
    const ReaderSettings& settings,
    Observer& observer,
    std::stop_token stop) {
  media::silence_libraries();
  app::check_source(source);
  core_ = std::make_shared<app::ReaderCore>(source, settings, observer, std::move(stop));
}

VideoReader::~VideoReader() = default;

const Probe& VideoReader::facts() const {
  return core_->facts();
}

const VideoFacts& VideoReader::video() const {
  return core_->video();
}

std::unique_ptr<FrameSequence> VideoReader::frames(
    const FrameSelection& selection, std::stop_token stop) {
  media::check_selection(selection);
  return app::start_sequence(core_, core_->take(std::move(stop)), selection);
}

Frame VideoReader::frame_at(double seconds, const FrameLook& look, const std::stop_token& stop) {
  media::check_look(look);
  std::unique_ptr<app::SourceEntry> entry = core_->take(stop);
  media::FramePtr frame;
  {
    const std::stop_callback on_stop(stop, [&entry] { entry->stop(); });
    frame = media::frame_at(entry->cursor(), seconds, core_->facts().object.url);
  }
  if (!stop.stop_requested()) {
    core_->give_back(std::move(entry));
  }
  return ops::wrap(media::LookConverter(look).convert(std::move(frame)));
}

}  // namespace s3reel
