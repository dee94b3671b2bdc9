#include "s3reel/object_io.h"

#include <string>
#include <utility>

#include "app/media_session.h"
#include "app/memory_shares.h"
#include "app/observer_gate.h"
#include "app/stores.h"
#include "base/clock.h"
#include "base/memory_limit.h"
#include "io/location.h"
#include "media/late_head_sink.h"

namespace s3reel {
namespace app {

/// What both have in common, in the order in which they stand on each other.
struct Ground {
  explicit Ground(Observer& observer) : gate(observer), log(gate.log()) {}

  ObserverGate gate;
  const base::Log log;
  base::SystemClock clock;
};

}  // namespace app

namespace {

app::MemoryShares shares_of(const Location& destination, const MemorySettings& memory) {
  const bool to_store = io::parse_location(destination.url).kind == io::LocationKind::s3;
  return app::share_memory(
      memory, app::memory_budget(memory, base::memory_limit()), {.writes_store = to_store});
}

}  // namespace

class SourceObject::Body {
 public:
  Body(
      const Location& source,
      const MemorySettings& memory,
      Observer& observer,
      std::stop_token stop)
      : ground_(observer),
        store_(source, {.read_ahead = read_ahead(memory)}, ground_.clock, ground_.log),
        bytes_(store_.store().open(source.url, std::move(stop))) {
    const io::SourceIdentity& identity = bytes_->identity();
    facts_ = {
        .url = identity.url,
        .size = identity.size,
        .etag = identity.etag,
        .version_id = identity.version_id};
  }

  [[nodiscard]] const ObjectFacts& facts() const { return facts_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) {
    return bytes_->read_at(offset, out);
  }

 private:
  static std::uint64_t read_ahead(const MemorySettings& memory) {
    return app::read_ahead_share(memory, app::memory_budget(memory, base::memory_limit()));
  }

  app::Ground ground_;
  app::LocationStore store_;
  const std::unique_ptr<io::ByteSource> bytes_;
  ObjectFacts facts_;
};

SourceObject::SourceObject(
    const Location& source,
    const MemorySettings& memory,
    Observer& observer,
    std::stop_token stop) {
  app::check_source(source);
  body_ = std::make_unique<Body>(source, memory, observer, std::move(stop));
}

SourceObject::~SourceObject() = default;

const ObjectFacts& SourceObject::facts() const {
  return body_->facts();
}

std::size_t SourceObject::read_at(std::uint64_t offset, std::span<std::byte> out) {
  return body_->read_at(offset, out);
}

class SinkObject::Body {
 public:
  Body(
      const Location& destination,
      const SinkSettings& settings,
      Observer& observer,
      const std::stop_token& stop)
      : url_(destination.url),
        ground_(observer),
        store_(
            destination,
            shares_of(destination, settings.memory).store_buffers(),
            ground_.clock,
            ground_.log),
        writer_(start(destination, settings, stop)),
        sink_(*writer_) {}

  void write(std::uint64_t offset, std::span<const std::byte> data) {
    const bool lacked = std::exchange(lacks_a_write_, true);  // unless this one comes to its end
    sink_.write(offset, data);
    lacks_a_write_ = lacked;
  }

  [[nodiscard]] std::uint64_t end() const { return sink_.end(); }

  SinkFacts publish() {
    if (lacks_a_write_) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage,
          .operation = "publish",
          .subject = url_,
          .reason = "something that was to be written is not in it"});
    }
    sink_.finish();
    const io::PublishedObject published = writer_->publish();
    return {
        .object =
            {.url = published.url,
             .size = published.size,
             .etag = published.etag,
             .version_id = published.version_id},
        .checks = published.checks};
  }

  void discard() noexcept { writer_->discard(); }

 private:
  std::unique_ptr<io::ObjectWriter> start(
      const Location& destination, const SinkSettings& settings, const std::stop_token& stop) {
    if (settings.no_clobber) {
      app::check_absent(destination.url, store_.store(), stop);
    }
    return store_.store().create(
        destination.url,
        {.content_type = settings.content_type, .no_clobber = settings.no_clobber, .hurry = stop},
        stop);
  }

  const std::string url_;
  app::Ground ground_;
  app::LocationStore store_;
  const std::unique_ptr<io::ObjectWriter> writer_;
  media::LateHeadSink sink_;
  bool lacks_a_write_ = false;  ///< one failed, whoever was told of it
};

SinkObject::SinkObject(
    const Location& destination,
    const SinkSettings& settings,
    Observer& observer,
    const std::stop_token& stop) {
  app::check_destination(destination);
  body_ = std::make_unique<Body>(destination, settings, observer, stop);
}

SinkObject::~SinkObject() = default;

void SinkObject::write(std::uint64_t offset, std::span<const std::byte> data) {
  body_->write(offset, data);
}

std::uint64_t SinkObject::end() const {
  return body_->end();
}

SinkFacts SinkObject::publish() {
  return body_->publish();
}

void SinkObject::discard() noexcept {
  body_->discard();
}

}  // namespace s3reel
