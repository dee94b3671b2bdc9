#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/stores.h"
#include "media/demuxer.h"
#include "media/metadata.h"
#include "media/picture.h"
#include "media/stream_map.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// A source that was opened and understood: what process() and plan() have in common.
class MediaSession {
 public:
  /// `read_ahead` is what the source may hold, in bytes. `fed`: the picture is not the source's but
  /// comes from elsewhere, in this size, or in the source's where that is 0.
  MediaSession(
      const Job& job,
      std::uint64_t read_ahead,
      base::Clock& clock,
      const base::Log& log,
      std::stop_token stop,
      std::optional<media::PictureSize> fed = std::nullopt);

  [[nodiscard]] const io::SourceIdentity& identity() const { return source_->identity(); }

  [[nodiscard]] media::Demuxer& demuxer() { return *demuxer_; }

  [[nodiscard]] const media::StreamMap& map() const { return map_; }

  [[nodiscard]] media::Container container() const { return container_; }

  [[nodiscard]] const LocationStore& source_store() const { return store_; }

  [[nodiscard]] const ObjectFacts& source_facts() const { return facts_; }

  [[nodiscard]] const std::vector<media::MetadataKey>& metadata() const { return metadata_; }

  /// As far as it is known before the first frame. Not for a picture that is copied.
  [[nodiscard]] media::Picture picture() const;

  /// The picture's first frame without its pixels, where the container does not say what the
  /// picture is, and of a picture that is fed; null otherwise.
  [[nodiscard]] media::FrameView seen() const { return seen_.get(); }

 private:
  void feed(media::PictureSize size);

  LocationStore store_;
  std::unique_ptr<io::ByteSource> source_;
  media::Container container_;
  std::unique_ptr<media::Demuxer> demuxer_;
  media::StreamMap map_;
  media::FramePtr seen_;
  ObjectFacts facts_;
  std::vector<media::MetadataKey> metadata_;
};

/// Throws Error{usage} for a location that is none, or that cannot be read at any place.
void check_source(const Location& location);

/// Throws Error{usage} for a location that is none, or that cannot be written.
void check_destination(const Location& location);

/// Throws Error{usage} for what no job can want: a location that is none, a pipe as source, the
/// source as destination, a pipe as destination of a format that goes back, copied video behind
/// ops, an unknown op.
void check_job(const Job& job);

/// Throws Error{refused} if there is such an object: for a destination that is not to be replaced.
void check_absent(const std::string& url, io::ObjectStore& store, std::stop_token stop);

}  // namespace s3reel::app
