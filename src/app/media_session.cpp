#include "app/media_session.h"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "io/location.h"
#include "media/codec_memory.h"
#include "media/container.h"
#include "media/describe.h"
#include "media/first_frame.h"
#include "ops/registry.h"
#include "s3/client.h"
#include "s3reel/error.h"

namespace s3reel::app {
namespace {

Error misuse(std::string what, std::string reason, std::string hint) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "job",
      .subject = std::move(what),
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

// The same file has many names.
std::string place_of(const io::ParsedLocation& location) {
  if (location.kind != io::LocationKind::file) {
    return location.path;
  }
  std::error_code failed;  // a path that cannot be resolved is compared as it is
  std::filesystem::path path = std::filesystem::absolute(location.path, failed);
  if (!failed) {
    path = std::filesystem::weakly_canonical(path, failed);
  }
  return failed ? location.path : path.string();
}

}  // namespace

void check_source(const Location& location) {
  const io::ParsedLocation source = io::parse_location(location.url);
  if (source.kind == io::LocationKind::s3) {
    s3::parse_s3_url(source.path);
  } else if (source.kind == io::LocationKind::web) {
    s3::parse_web_url(source.path);
  } else if (source.kind == io::LocationKind::standard_stream) {
    throw misuse("-", "a source must allow reading at any place; a pipe does not", "name a file");
  }
}

void check_destination(const Location& location) {
  const io::ParsedLocation destination = io::parse_location(location.url);
  if (destination.kind == io::LocationKind::s3) {
    s3::parse_s3_url(destination.path);
  } else if (destination.kind == io::LocationKind::web) {
    throw misuse(
        s3::parse_web_url(destination.path).url(),
        "a web address is for reading only",
        "name the destination as s3://bucket/key");
  }
}

void check_job(const Job& job) {
  check_source(job.source);
  check_destination(job.destination);
  const io::ParsedLocation source = io::parse_location(job.source.url);
  const io::ParsedLocation destination = io::parse_location(job.destination.url);
  const bool same_store = source.kind != io::LocationKind::s3 ||
                          endpoint_of(job.source.store) == endpoint_of(job.destination.store);
  if (source.kind == destination.kind && place_of(source) == place_of(destination) && same_store &&
      !job.in_place) {
    throw misuse(
        job.source.url,
        "source and destination are the same object",
        "--in-place allows the result to replace its source");
  }
  const media::Container container = media::choose_container(job.format, job.destination.url);
  if (destination.kind == io::LocationKind::standard_stream &&
      container != media::Container::fmp4) {
    throw misuse(
        "-",
        std::string(media::facts(container).name) + " cannot be written to a pipe",
        "--format fmp4 can");
  }
  if (job.video.codec == "copy" && !job.ops.empty()) {
    throw misuse(
        "--video-codec copy", "copied video cannot be processed", "leave out either it or the ops");
  }
  if (job.video.codec == "copy" && job.tolerate > 0) {
    throw misuse(
        "--video-codec copy",
        "no frame is decoded, so none can be tolerated",
        "leave out either it or --tolerate");
  }
}

void check_absent(const std::string& url, io::ObjectStore& store, std::stop_token stop) {
  if (store.head(url, std::move(stop))) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::refused,
        .operation = "publish",
        .subject = url,
        .reason = "it exists already",
        .hint = "leave --no-clobber out to replace it"});
  }
}

MediaSession::MediaSession(
    const Job& job,
    std::uint64_t read_ahead,
    base::Clock& clock,
    const base::Log& log,
    std::stop_token stop,
    std::optional<media::PictureSize> fed)
    : store_(job.source, {.read_ahead = read_ahead}, clock, log),
      source_(store_.store().open(job.source.url, std::move(stop))),
      container_(media::choose_container(job.format, job.destination.url)),
      demuxer_(std::make_unique<media::Demuxer>(*source_, media::Demuxer::Depth::job, log)),
      map_(media::map_streams(*demuxer_, container_, job)) {
  const bool processed = map_.of(map_.video).fate == StreamFate::processed;
  if (processed && !demuxer_->states_pixel_format(map_.video)) {
    seen_ = media::first_frame(*source_, map_.video, job.tolerate, log);
  }
  std::vector<int> read = map_.kept();
  if (fed) {
    feed(*fed);
    std::erase(read, map_.video);
  }
  if (!read.empty()) {
    demuxer_->select(read);
  }
  facts_ = media::describe_object(*demuxer_);
  metadata_ = media::metadata_keys(demuxer_->context());
}

void MediaSession::feed(media::PictureSize size) {
  seen_ = picture().like;
  media::resize(*seen_, size);
}

media::Picture MediaSession::picture() const {
  return media::describe_picture(
      demuxer_->stream(map_.video), demuxer_->frame_rate(map_.video), seen_.get());
}

}  // namespace s3reel::app
