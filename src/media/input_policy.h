#pragma once

/// What of a source is believed before it is read: which containers are opened at all, and how much
/// a file may claim. A source may come from anybody; nothing in it makes this process open another
/// file or host, or take memory out of proportion.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/units.h"
#include "media/ptr.h"
#include "s3reel/error.h"

namespace s3reel::media {

/// Each is far beyond what real video has.
struct InputLimits {
  int side = 16'384;                       ///< pixels: what H.264, HEVC and MP4 can say
  std::int64_t pixels = 16'384LL * 8'192;  ///< 16K; a frame of it is 192 MiB
  unsigned streams = 256;
  std::uint64_t packet_bytes = 256 * base::kMiB;   ///< read for one packet
  std::uint64_t opening_bytes = 256 * base::kMiB;  ///< read until the streams are known
  std::chrono::seconds opening_time{60};           ///< the same, without waiting for the source
  /// Of libavformat's index of an MP4, MOV or MXF, over all tracks: 24 to 60 bytes each. A day at
  /// 60 frames a second with sound has 9 million. See also entries_limit().
  std::uint64_t index_entries = 24'000'000;
};

/// A small file may claim a million entries, some 50 MB, and one for each of its bytes.
std::uint64_t entries_limit(std::uint64_t file_bytes, std::uint64_t most);

/// Throws Error{input} for a container that names other files (HLS, DASH, concat scripts …) or is
/// not read (docs/reading.md).
void check_container(const AVInputFormat& format, const std::string& subject);

/// Throws Error{input} for a picture that exceeds the limits.
void check_picture(
    const AVCodecParameters& codec,
    int index,
    const InputLimits& limits,
    const std::string& subject);

/// An error of the source, by what it claims.
Error hostile_input(const std::string& subject, std::string reason, std::string hint);

/// Makes `format` refuse to open any place but its own input, and `options`, with which it is to be
/// opened, make it ask where it would leave samples out in silence. What it asked for is kept in
/// `asked`, which must outlive it.
void forbid_other_places(AVFormatContext& format, Dictionary& options, std::string& asked);

/// avformat_find_stream_info() with decoders that refuse larger pictures.
int find_stream_info(AVFormatContext& format, const InputLimits& limits);

}  // namespace s3reel::media
