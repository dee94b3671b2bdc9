#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "app/stores.h"
#include "media/demuxer.h"
#include "media/metadata.h"
#include "media/stream_map.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// A source that was opened and understood: what process() and plan() have in common.
class MediaSession {
 public:
  /// `read_ahead` is what the source may hold, in bytes.
  MediaSession(
      const Job& job,
      std::uint64_t read_ahead,
      base::Clock& clock,
      const base::Log& log,
      std::stop_token stop);

  [[nodiscard]] const io::SourceIdentity& identity() const { return source_->identity(); }

  [[nodiscard]] media::Demuxer& demuxer() { return *demuxer_; }

  [[nodiscard]] const media::StreamMap& map() const { return map_; }

  [[nodiscard]] media::Container container() const { return container_; }

  [[nodiscard]] const LocationStore& source_store() const { return store_; }

  [[nodiscard]] const ObjectFacts& source_facts() const { return facts_; }

  [[nodiscard]] const std::vector<media::MetadataKey>& metadata() const { return metadata_; }

  /// Of one decoded picture; 0 where none is decoded.
  [[nodiscard]] std::uint64_t picture_bytes() const;

  /// The picture's first frame without its pixels, where the container does not say what the
  /// picture is; null where it does.
  [[nodiscard]] media::FrameView seen() const { return seen_.get(); }

 private:
  LocationStore store_;
  std::unique_ptr<io::ByteSource> source_;
  media::Container container_;
  std::unique_ptr<media::Demuxer> demuxer_;
  media::StreamMap map_;
  media::FramePtr seen_;
  ObjectFacts facts_;
  std::vector<media::MetadataKey> metadata_;
};

/// Throws Error{usage} for what no job can want: a location that is none, a pipe as source, the
/// source as destination, a pipe as destination of a format that goes back, copied video behind
/// ops, an unknown op.
void check_job(const Job& job);

/// Throws Error{refused} if the destination exists and the job is not to replace it.
void check_destination(const Job& job, io::ObjectStore& store, std::stop_token stop);

}  // namespace s3reel::app
