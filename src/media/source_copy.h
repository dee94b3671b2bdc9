#pragma once

#include <map>

#include "media/demuxer.h"
#include "media/ptr.h"

namespace s3reel::media {

/// What a source says about its streams and itself, copied before it is read: libavformat may add
/// streams and rewrite metadata while one thread reads packets, and others have to look. Any number
/// of threads may look at it.
class SourceCopy {
 public:
  explicit SourceCopy(const Demuxer& source);

  [[nodiscard]] const io::SourceIdentity& identity() const { return identity_; }

  /// Metadata and chapters; its streams are those of stream().
  [[nodiscard]] const AVFormatContext& context() const { return *format_; }

  [[nodiscard]] const AVStream& stream(int index) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-bounds-pointer-arithmetic): an array of libavformat
    return *format_->streams[index];
  }

  /// For rate control; see Demuxer.
  [[nodiscard]] AVRational frame_rate(int index) const { return frame_rates_.at(index); }

  [[nodiscard]] AVRational sample_aspect(int index, const AVFrame& frame) const;

 private:
  void add(const Demuxer& source, const AVStream& from);

  const io::SourceIdentity identity_;
  OutputPtr format_;
  std::map<int, AVRational> frame_rates_;
};

/// Appends copies of the chapters of `source`, moved by `-start_us`; what begins before zero begins
/// at zero.
void copy_chapters(const AVFormatContext& source, std::int64_t start_us, AVFormatContext& target);

}  // namespace s3reel::media
