#include "media/describe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "media/compat.h"
#include "media/tags.h"

namespace s3reel::media {
namespace {

std::string text(const char* name) {
  return name == nullptr ? std::string() : name;
}

std::string fraction(AVRational value) {
  return value.num == 0 || value.den == 0 ? std::string()
                                          : fmt::format("{}/{}", value.num, value.den);
}

double seconds(std::int64_t value, AVRational time_base) {
  return value == AV_NOPTS_VALUE ? 0.0 : static_cast<double>(value) * av_q2d(time_base);
}

// range/primaries/transfer/matrix, in FFmpeg's words; empty if nothing is known.
std::string colour(const AVCodecParameters& codec) {
  if (codec.color_range == AVCOL_RANGE_UNSPECIFIED &&
      codec.color_primaries == AVCOL_PRI_UNSPECIFIED && codec.color_trc == AVCOL_TRC_UNSPECIFIED &&
      codec.color_space == AVCOL_SPC_UNSPECIFIED) {
    return {};
  }
  return fmt::format(
      "{}/{}/{}/{}",
      text(av_color_range_name(codec.color_range)),
      text(av_color_primaries_name(codec.color_primaries)),
      text(av_color_transfer_name(codec.color_trc)),
      text(av_color_space_name(codec.color_space)));
}

int rotation(const AVStream& stream) {
  for (const compat::StreamSideData& data : compat::stream_side_data(stream)) {
    if (data.type != AV_PKT_DATA_DISPLAYMATRIX || data.bytes.size() < 9 * sizeof(std::int32_t)) {
      continue;
    }
    std::array<std::int32_t, 9> matrix{};
    std::copy_n(data.bytes.begin(), sizeof(matrix), reinterpret_cast<std::uint8_t*>(matrix.data()));
    // libav's angle is counterclockwise.
    const double degrees = -av_display_rotation_get(matrix.data());
    return std::isnan(degrees) ? 0 : (static_cast<int>(std::lround(degrees)) + 360) % 360;
  }
  return 0;
}

ProbedStream describe_stream(AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  ProbedStream one{
      .index = stream.index,
      .type = text(av_get_media_type_string(codec.codec_type)),
      .codec = avcodec_get_name(codec.codec_id),
      .profile = text(avcodec_profile_name(codec.codec_id, codec.profile)),
      .language = language(stream),
      .title = tag(stream.metadata, "title"),
      .start_seconds = seconds(stream.start_time, stream.time_base),
      .duration_seconds = seconds(stream.duration, stream.time_base),
      .packets = stream.nb_frames};
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    one.type = "cover";
  }
  if (codec.codec_type == AVMEDIA_TYPE_VIDEO) {
    one.width = codec.width;
    one.height = codec.height;
    one.pixel_format = text(av_get_pix_fmt_name(static_cast<AVPixelFormat>(codec.format)));
    one.frame_rate = fraction(stream.avg_frame_rate);
    one.sample_aspect = fraction(stream.sample_aspect_ratio);
    one.rotation = rotation(stream);
    one.color = colour(codec);
  } else if (codec.codec_type == AVMEDIA_TYPE_AUDIO) {
    one.sample_rate = codec.sample_rate;
    one.channels = codec.ch_layout.nb_channels;
  }
  for (const compat::StreamSideData& data : compat::stream_side_data(stream)) {
    one.side_data.push_back(text(av_packet_side_data_name(data.type)));
  }
  return one;
}

}  // namespace

ObjectFacts describe_object(const Demuxer& demuxer) {
  const AVFormatContext& format = demuxer.context();
  const io::SourceIdentity& identity = demuxer.identity();
  ObjectFacts facts{
      .url = identity.url,
      .size = identity.size,
      .etag = identity.etag,
      .version_id = identity.version_id};
  facts.format = format.iformat->name;
  facts.duration_seconds = seconds(format.duration, AV_TIME_BASE_Q);
  return facts;
}

Probe describe(const Demuxer& demuxer) {
  const AVFormatContext& format = demuxer.context();
  Probe probe;
  probe.object = describe_object(demuxer);
  for (AVStream* stream : demuxer.streams()) {
    probe.streams.push_back(describe_stream(*stream));
  }
  for (unsigned i = 0; i < format.nb_chapters; ++i) {
    const AVChapter& chapter = *format.chapters[i];
    probe.chapters.push_back(fmt::format(
        "{:.3f} {}", seconds(chapter.start, chapter.time_base), tag(chapter.metadata, "title")));
  }
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(format.metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    probe.metadata[entry->key] = entry->value;
  }
  return probe;
}

}  // namespace s3reel::media
