#include "media/container.h"

#include <algorithm>
#include <array>

#include "io/location.h"
#include "media/av_error.h"

namespace s3reel::media {
namespace {

constexpr std::array kContainers{
    ContainerFacts{Container::mp4, "mp4", "mp4", "video/mp4"},
    ContainerFacts{Container::fmp4, "fmp4", "mp4", "video/mp4"},
    ContainerFacts{Container::mov, "mov", "mov", "video/quicktime"},
    ContainerFacts{Container::mkv, "mkv", "matroska", "video/x-matroska"}};

// Players agree on these in MP4. libavformat's muxer would take more (Vorbis, PCM), which most
// players then refuse.
bool mp4_takes(const AVCodecParameters& codec) {
  switch (codec.codec_id) {
    case AV_CODEC_ID_MP3:
      return codec.sample_rate >= 16'000;  // MPEG-2.5's rates have no place in MP4 (movenc.c)
    case AV_CODEC_ID_AAC:
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
    case AV_CODEC_ID_OPUS:
    case AV_CODEC_ID_FLAC:
    case AV_CODEC_ID_ALAC:
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MOV_TEXT:
      return true;
    default:
      return false;
  }
}

// libavformat lists these for QuickTime too and refuses them when the header is written (movenc.c).
bool mp4_only(AVCodecID codec) {
  return codec == AV_CODEC_ID_VP9 || codec == AV_CODEC_ID_AV1 || codec == AV_CODEC_ID_OPUS ||
         codec == AV_CODEC_ID_FLAC;
}

}  // namespace

const ContainerFacts& facts(Container container) {
  return *std::find_if(kContainers.begin(), kContainers.end(), [container](const auto& one) {
    return one.container == container;
  });
}

Container choose_container(const std::string& format, std::string_view url) {
  for (const ContainerFacts& one : kContainers) {
    if (format == one.name) {
      return one.container;
    }
  }
  if (!format.empty()) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "format",
        .subject = format,
        .reason = "there is no such output format",
        .hint = "use mp4, fmp4, mov or mkv"});
  }
  const std::string suffix = io::location_extension(std::string(url));
  if (suffix == "mov" || suffix == "qt") {
    return Container::mov;
  }
  return suffix == "mkv" ? Container::mkv : Container::mp4;
}

bool takes_codec(Container container, const AVCodecParameters& codec) {
  if (container == Container::mp4 || container == Container::fmp4) {
    return mp4_takes(codec);
  }
  if (container == Container::mov && mp4_only(codec.codec_id)) {
    return false;
  }
  const AVOutputFormat* muxer = av_guess_format(facts(container).muxer, nullptr, nullptr);
  return muxer != nullptr && avformat_query_codec(muxer, codec.codec_id, FF_COMPLIANCE_NORMAL) == 1;
}

}  // namespace s3reel::media
