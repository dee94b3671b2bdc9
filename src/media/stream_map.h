#pragma once

#include <string>
#include <vector>

#include "media/container.h"
#include "media/demuxer.h"
#include "s3reel/job.h"
#include "s3reel/report.h"

namespace s3reel::media {

/// An exact point in time.
struct Instant {
  std::int64_t value = 0;
  AVRational time_base{1, 1};

  /// This instant in another time base, to the nearest tick.
  [[nodiscard]] std::int64_t in(AVRational other) const {
    return av_rescale_q(value, time_base, other);
  }
};

/// What becomes of each stream of a source, decided before anything is read.
struct StreamMap {
  std::vector<StreamFacts> streams;  ///< one for each stream of the source, in its order
  int video = -1;                    ///< source index of the picture that is processed or copied
  Instant start;                     ///< the earliest start of a kept stream: zero of the result
  std::vector<std::string> losses;
  std::vector<std::string> notes;

  [[nodiscard]] const StreamFacts& of(int index) const {
    return streams[static_cast<std::size_t>(index)];
  }

  /// Source indices of everything that is not dropped.
  [[nodiscard]] std::vector<int> kept() const;
};

/// The first video stream that is not cover art is the picture; all audio, subtitles the container
/// takes and cover art go along. Throws Error{input} if there is no picture.
StreamMap map_streams(const Demuxer& source, Container container, const Job& job);

/// The first video stream that is not cover art. Throws Error{input} if there is none.
int picture_stream(const Demuxer& source);

/// When the first of these streams begins, cover art aside; zero where none says.
Instant earliest_start(const Demuxer& source, const std::vector<int>& streams);

/// The same of all picture and sound: zero of a result that keeps them.
Instant film_start(const Demuxer& source);

/// "s3://bucket/in.mp4 stream 0", for errors.
std::string stream_subject(const std::string& url, int index);

}  // namespace s3reel::media
