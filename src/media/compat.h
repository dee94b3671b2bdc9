#pragma once

/// Every difference between FFmpeg 5.1 and 8 that this project meets, as functions whose comment
/// names the version (doc/APIchanges). No other file looks at a version.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "media/ffmpeg.h"

namespace s3reel::media::compat {

/// The write callback's buffer is const since libavformat 61 (FFmpeg 7.0).
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WriteBuffer = const std::uint8_t*;
#else
using WriteBuffer = std::uint8_t*;
#endif

/// Duration of a frame in its time base, 0 if unknown. AVFrame::duration since libavutil 58 (6.0).
std::int64_t frame_duration(const AVFrame& frame);
void set_frame_duration(AVFrame& frame, std::int64_t duration);

/// Of a frame that left a filter graph, in the time base `out`; 0: unknown. Filters keep durations
/// since libavfilter 9 (6.0); before, frames leave with the one that they had in the time base
/// `in`.
std::int64_t filtered_duration(
    const AVFrame& frame, AVRational in, AVRational out, AVRational frame_rate);

/// Flags since libavutil 58.7 (6.1); fields before.
bool is_interlaced(const AVFrame& frame);

/// One piece of side data of a whole stream.
struct StreamSideData {
  AVPacketSideDataType type;
  std::span<const std::uint8_t> bytes;
};

/// In codecpar since libavformat 60.14 (6.1), in AVStream before.
std::vector<StreamSideData> stream_side_data(const AVStream& stream);
void add_stream_side_data(
    AVStream& stream, AVPacketSideDataType type, std::span<const std::uint8_t> bytes);

/// What an encoder takes; empty: anything. avcodec_get_supported_config() since libavcodec 61.13
/// (7.1), arrays in AVCodec before.
std::vector<AVPixelFormat> pixel_formats(const AVCodec& codec);
std::vector<AVSampleFormat> sample_formats(const AVCodec& codec);
std::vector<int> sample_rates(const AVCodec& codec);

/// Filter graphs are told of matrix and range since libavfilter 10.1 (7.0); before, they look at
/// the frames.
void set_source_colour(AVBufferSrcParameters& parameters, const AVFrame& like);

/// Versions of the libraries this process runs with, a line each.
std::vector<std::string> library_versions();

}  // namespace s3reel::media::compat
