#include "media/compat.h"

#include <cstring>
#include <new>

#include <fmt/format.h>

namespace s3reel::media::compat {
namespace {

#define S3REEL_LAVC_AT_LEAST(major, minor) \
  (LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(major, minor, 0))

template <class T>
std::vector<T> until(const T* list, T end) {
  std::vector<T> values;
  for (; list != nullptr && *list != end; ++list) {
    values.push_back(*list);
  }
  return values;
}

#if S3REEL_LAVC_AT_LEAST(61, 13)
template <class T>
std::vector<T> supported(const AVCodec& codec, AVCodecConfig what) {
  const void* list = nullptr;
  int count = 0;
  if (avcodec_get_supported_config(nullptr, &codec, what, 0, &list, &count) < 0 || !list) {
    return {};
  }
  const auto* values = static_cast<const T*>(list);
  return std::vector<T>(values, values + count);
}
#endif

}  // namespace

std::int64_t frame_duration(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  return frame.duration;
#else
  return frame.pkt_duration;
#endif
}

void set_frame_duration(AVFrame& frame, std::int64_t duration) {
#if LIBAVUTIL_VERSION_MAJOR >= 58
  frame.duration = duration;
#else
  frame.pkt_duration = duration;
#endif
}

std::int64_t filtered_duration(
    const AVFrame& frame,
    [[maybe_unused]] AVRational in,
    [[maybe_unused]] AVRational out,
    [[maybe_unused]] AVRational frame_rate) {
#if LIBAVFILTER_VERSION_MAJOR < 9
  if (av_cmp_q(in, out) != 0) {
    const bool known = frame_rate.num > 0 && frame_rate.den > 0;
    return known ? av_rescale_q(1, av_inv_q(frame_rate), out) : 0;
  }
#endif
  return frame_duration(frame);
}

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

std::vector<StreamSideData> stream_side_data(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData* list = stream.codecpar->coded_side_data;
  const int count = stream.codecpar->nb_coded_side_data;
#else
  const AVPacketSideData* list = stream.side_data;
  const int count = stream.nb_side_data;
#endif
  std::vector<StreamSideData> all;
  for (const AVPacketSideData& data : std::span(list, static_cast<std::size_t>(count))) {
    all.push_back({data.type, {data.data, static_cast<std::size_t>(data.size)}});
  }
  return all;
}

void add_stream_side_data(
    AVStream& stream, AVPacketSideDataType type, std::span<const std::uint8_t> bytes) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  AVPacketSideData* data = av_packet_side_data_new(
      &stream.codecpar->coded_side_data,
      &stream.codecpar->nb_coded_side_data,
      type,
      bytes.size(),
      0);
  if (data == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(data->data, bytes.data(), bytes.size());
#else
  std::uint8_t* data = av_stream_new_side_data(&stream, type, bytes.size());
  if (data == nullptr) {
    throw std::bad_alloc();
  }
  std::memcpy(data, bytes.data(), bytes.size());
#endif
}

std::vector<AVPixelFormat> pixel_formats(const AVCodec& codec) {
#if S3REEL_LAVC_AT_LEAST(61, 13)
  return supported<AVPixelFormat>(codec, AV_CODEC_CONFIG_PIX_FORMAT);
#else
  return until(codec.pix_fmts, AV_PIX_FMT_NONE);
#endif
}

std::vector<AVSampleFormat> sample_formats(const AVCodec& codec) {
#if S3REEL_LAVC_AT_LEAST(61, 13)
  return supported<AVSampleFormat>(codec, AV_CODEC_CONFIG_SAMPLE_FORMAT);
#else
  return until(codec.sample_fmts, AV_SAMPLE_FMT_NONE);
#endif
}

std::vector<int> sample_rates(const AVCodec& codec) {
#if S3REEL_LAVC_AT_LEAST(61, 13)
  return supported<int>(codec, AV_CODEC_CONFIG_SAMPLE_RATE);
#else
  return until(codec.supported_samplerates, 0);
#endif
}

void set_source_colour(AVBufferSrcParameters& parameters, const AVFrame& like) {
#if LIBAVFILTER_VERSION_INT >= AV_VERSION_INT(10, 1, 100)
  parameters.color_space = like.colorspace;
  parameters.color_range = like.color_range;
#else
  static_cast<void>(parameters);
  static_cast<void>(like);
#endif
}

std::vector<std::string> library_versions() {
  const auto line = [](const char* name, unsigned version) {
    return fmt::format(
        "{} {}.{}.{}",
        name,
        AV_VERSION_MAJOR(version),
        AV_VERSION_MINOR(version),
        AV_VERSION_MICRO(version));
  };
  return {
      fmt::format("FFmpeg {} ({})", av_version_info(), avcodec_license()),
      line("libavformat", avformat_version()),
      line("libavcodec", avcodec_version()),
      line("libavutil", avutil_version()),
      line("libswscale", swscale_version()),
      line("libswresample", swresample_version())};
}

}  // namespace s3reel::media::compat
