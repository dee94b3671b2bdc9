#pragma once

#include <cstdint>
#include <vector>

#include "io/byte_source.h"
#include "media/ffmpeg.h"

namespace s3reel::media {

/// What the container's index says about the samples of one stream, in the order of decoding. For
/// an index that lists all of them. Looks into libavformat's own: the stream must outlive it.
class SampleIndex {
 public:
  explicit SampleIndex(const AVStream& stream) : stream_(&stream) {}

  [[nodiscard]] int count() const;

  /// Decode time, in the stream's time base.
  [[nodiscard]] std::int64_t time(int sample) const;

  /// The last key frame decoded at or before `time`; -1: there is none.
  [[nodiscard]] int key_at(std::int64_t time) const;

  /// The last sample decoded at or before `time`, so that none behind it is shown by then; -1:
  /// there is none.
  [[nodiscard]] int last_at(std::int64_t time) const;

  /// Adds the bytes of samples `first` to `last`.
  void add_bytes(int first, int last, std::vector<io::ByteRange>& ranges) const;

 private:
  [[nodiscard]] const AVIndexEntry& entry(int sample) const;
  [[nodiscard]] int search(std::int64_t time, int flags) const;

  const AVStream* stream_;
};

}  // namespace s3reel::media
