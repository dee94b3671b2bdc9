#include <memory>
#include <utility>

#include "app/observer_gate.h"
#include "app/stores.h"
#include "media/demuxer.h"
#include "media/describe.h"
#include "media/library.h"
#include "s3reel/s3reel.h"

namespace s3reel {

Probe probe(const Location& source, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::ObserverGate gate(observer);
  const base::Log log = gate.log();
  base::SystemClock clock;
  app::LocationStore location(source, {}, clock, log);
  const std::unique_ptr<io::ByteSource> bytes = location.store().open(source.url, std::move(stop));
  const media::Demuxer demuxer(*bytes, media::Demuxer::Depth::probe, log);
  Probe result = media::describe(demuxer);
  gate.rethrow_failure();
  return result;
}

}  // namespace s3reel
