#include "media/input_policy.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace s3reel::media {
namespace {

/// By libavformat's names. All hold their streams in one file.
constexpr auto kRead = std::to_array<std::string_view>(
    {"mov",  "matroska", "avi", "mpegts", "mpeg",      "flv",          "ogg",  "mxf", "asf",
     "wtv",  "nut",      "gxf", "dv",     "rm",        "ivf",          "obu",  "av1", "h264",
     "hevc", "vvc",      "m4v", "vc1",    "mpegvideo", "yuv4mpegpipe", "mjpeg"});

/// What names other files or hosts instead of holding video.
constexpr auto kLists = std::to_array<std::string_view>(
    {"hls", "dash", "concat", "webm_dash_manifest", "imf", "sdp", "rtsp", "rtp", "sap"});

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// "mov,mp4,m4a" has three.
std::string_view first_name(const AVInputFormat& format) {
  const std::string_view names = format.name;
  return names.substr(0, names.find(','));
}

std::string& asked_of(AVFormatContext* format) {
  return *static_cast<std::string*>(format->opaque);
}

int refuse_to_open(
    AVFormatContext* format,
    AVIOContext** opened,
    const char* url,
    int flags,
    AVDictionary** options) noexcept {
  static_cast<void>(flags);
  static_cast<void>(options);
  *opened = nullptr;
  try {
    asked_of(format) = url == nullptr ? "" : url;
  } catch (...) {
    return AVERROR(ENOMEM);
  }
  return AVERROR(EPERM);
}

}  // namespace

Error hostile_input(const std::string& subject, std::string reason, std::string hint) {
  return Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "read",
      .subject = subject,
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

std::uint64_t entries_limit(std::uint64_t file_bytes, std::uint64_t most) {
  constexpr std::uint64_t kFree = 1'000'000;
  return std::min(most, kFree + file_bytes);
}

void check_container(const AVInputFormat& format, const std::string& subject) {
  const std::string_view name = first_name(format);
  if (contains(kLists, name)) {
    throw hostile_input(
        subject,
        fmt::format("it is a list of other files ({}), which are not followed", format.long_name),
        "name the video itself");
  }
  if (!contains(kRead, name)) {
    throw hostile_input(
        subject,
        fmt::format("its format is not read: {}", format.long_name),
        "repackage it as MP4 or Matroska, for example with ffmpeg -c copy");
  }
}

void check_picture(
    const AVCodecParameters& codec,
    int index,
    const InputLimits& limits,
    const std::string& subject) {
  if (codec.codec_type != AVMEDIA_TYPE_VIDEO) {
    return;
  }
  const std::int64_t pixels = static_cast<std::int64_t>(codec.width) * codec.height;
  if (codec.width > limits.side || codec.height > limits.side || pixels > limits.pixels) {
    throw hostile_input(
        subject,
        fmt::format(
            "stream {} claims pictures of {}x{}; {} pixels a side and {} in all are the limit",
            index,
            codec.width,
            codec.height,
            limits.side,
            limits.pixels),
        "check the source with ffprobe");
  }
}

void forbid_other_places(AVFormatContext& format, Dictionary& options, std::string& asked) {
  format.opaque = &asked;
  format.io_open = refuse_to_open;
  options.set("protocol_whitelist", "none");  // a second fence, behind io_open
  // Of a MOV whose samples lie in another file: without these libavformat skips the track.
  options.set("enable_drefs", "1");
  options.set("use_absolute_path", "1");
  // An index of fragments at the end of the file, which one vendor's files ask for: it would be
  // read past the guard of the index.
  options.set("use_mfra_for", "0");
}

int find_stream_info(AVFormatContext& format, const InputLimits& limits) {
  const std::string pixels = std::to_string(limits.pixels);
  std::vector<AVDictionary*> options(format.nb_streams);
  for (AVDictionary*& one : options) {
    av_dict_set(&one, "max_pixels", pixels.c_str(), 0);
  }
  const int code = avformat_find_stream_info(&format, options.data());
  for (AVDictionary*& one : options) {
    av_dict_free(&one);
  }
  return code;
}

}  // namespace s3reel::media
