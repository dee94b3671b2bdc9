#include "media/encoder.h"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "media/av_error.h"
#include "media/compat.h"

namespace s3reel::media {
namespace {

struct Default {
  std::string_view encoder;
  const char* key;
  const char* value;
};

// docs/codecs.md lists these. What is not here is the encoder's own default.
constexpr std::array kDefaults{
    Default{"libsvtav1", "preset", "8"},
    Default{"libsvtav1", "crf", "35"},
    Default{"libvpx-vp9", "crf", "31"},
    Default{"libvpx-vp9", "cpu-used", "4"},
    Default{"libvpx-vp9", "row-mt", "1"}};

bool sets_rate(const VideoSettings& settings) {
  const auto given = [&settings](const char* key) {
    return settings.options.contains(key);
  };
  return settings.crf || settings.bitrate || given("crf") || given("qp") || given("b");
}

/// Sets options of one encoder, and says which one it refuses.
class OptionSetter {
 public:
  explicit OptionSetter(AVCodecContext& codec) : codec_(codec) {}

  void set(const std::string& key, const std::string& value) {
    const int code = av_opt_set(&codec_, key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
    if (code < 0) {
      const bool unknown = code == AVERROR_OPTION_NOT_FOUND;
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage,
          .operation = "encoder option",
          .subject = fmt::format("{}={}", key, value),
          .reason = fmt::format(
              "{} {}", codec_.codec->name, unknown ? "has no such option" : "refuses this value"),
          .hint = fmt::format("`ffmpeg -h encoder={}` lists its options", codec_.codec->name),
          .av_error = code});
    }
  }

 private:
  AVCodecContext& codec_;
};

void apply_defaults(
    const VideoSettings& settings, std::string_view encoder, OptionSetter& options) {
  for (const Default& one : kDefaults) {
    if (one.encoder == encoder && !(std::string_view(one.key) == "crf" && sets_rate(settings))) {
      options.set(one.key, one.value);
    }
  }
}

void apply_settings(const VideoSettings& settings, OptionSetter& options) {
  if (settings.crf) {
    options.set("crf", fmt::format("{}", *settings.crf));
  }
  if (!settings.preset.empty()) {
    options.set("preset", settings.preset);
  }
  if (settings.bitrate) {
    options.set("b", fmt::format("{}", *settings.bitrate));
  }
  for (const auto& [key, value] : settings.options) {
    options.set(key, value);
  }
}

void copy_colour(AVCodecContext& codec, const AVFrame& frame) {
  codec.color_range = frame.color_range;
  codec.color_primaries = frame.color_primaries;
  codec.color_trc = frame.color_trc;
  codec.colorspace = frame.colorspace;
  codec.chroma_sample_location = frame.chroma_location;
}

// x265 writes to standard error on its own; what the user passes to it comes last and wins.
void quiet_x265(const VideoSettings& settings, OptionSetter& options) {
  const auto given = settings.options.find("x265-params");
  const std::string more = given == settings.options.end() ? "" : ":" + given->second;
  options.set("x265-params", "log-level=error" + more);
}

// How many packets may stand before one that is shown earlier. libavcodec's encoders tell once they
// are open; B-frames without a word about it reorder by one.
int reorder_depth(const AVCodecContext& codec) {
  if (std::string_view(codec.codec->name) == "libx265") {
    // libavcodec does not pass it on; x265 never goes beyond (encoder.cpp, numReorderFrames).
    return 2;
  }
  return std::max(codec.has_b_frames, codec.max_b_frames > 0 ? 1 : 0);
}

}  // namespace

VideoEncoder::VideoEncoder(
    const EncoderChoice& choice,
    const VideoSettings& settings,
    const EncoderContext& context,
    const AVFrame& first)
    : decode_times_(0),
      usual_duration_(
          context.frame_rate.num > 0 && context.frame_rate.den > 0
              ? av_rescale_q(1, av_inv_q(context.frame_rate), context.time_base)
              : 0) {
  codec_.reset(avcodec_alloc_context3(choice.codec));
  if (!codec_) {
    throw std::bad_alloc();
  }
  codec_->width = first.width;
  codec_->height = first.height;
  codec_->pix_fmt = choice.format;
  codec_->time_base = context.time_base;
  codec_->framerate = context.frame_rate;
  codec_->sample_aspect_ratio = context.sample_aspect;
  codec_->thread_count = settings.threads;
  copy_colour(*codec_, first);
  if (choice.codec->id == AV_CODEC_ID_HEVC) {
    codec_->codec_tag = MKTAG('h', 'v', 'c', '1');  // Apple's players refuse hev1
  }
  codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;  // every container here keeps headers apart
  OptionSetter options(*codec_);
  apply_defaults(settings, choice.codec->name, options);
  apply_settings(settings, options);
  if (std::string_view(choice.codec->name) == "libx265") {
    quiet_x265(settings, options);
  }
  const int code = avcodec_open2(codec_.get(), choice.codec, nullptr);
  if (code < 0) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "open encoder",
        .subject = choice.codec->name,
        .reason = fmt::format("it does not accept these settings ({})", av_reason(code)),
        .hint = fmt::format("`ffmpeg -h encoder={}` lists its options", choice.codec->name),
        .av_error = code});
  }
  decode_times_ = DecodeTimes(reorder_depth(*codec_));
  extras_.emplace(*codec_);
}

VideoEncoder::~VideoEncoder() {
  // SVT-AV1 1.4 never returns from closing an encoder that saw no frame.
  if (!fed_ && codec_ && std::string_view(codec_->codec->name) == "libsvtav1") {
    feed_blank();
  }
}

void VideoEncoder::feed_blank() noexcept {
  const FramePtr frame(av_frame_alloc());
  if (!frame) {
    return;
  }
  frame->format = codec_->pix_fmt;
  frame->width = codec_->width;
  frame->height = codec_->height;
  if (av_frame_get_buffer(frame.get(), 0) == 0) {
    // Nobody waits for what comes out, and nothing can be done about a refusal here.
    static_cast<void>(avcodec_send_frame(codec_.get(), frame.get()));
  }
}

void VideoEncoder::encode(FramePtr frame, const OnPacket& on_packet) {
  check_size(*frame);
  // The source's frame types are not this encoder's.
  frame->pict_type = AV_PICTURE_TYPE_NONE;
  const std::int64_t duration = compat::frame_duration(*frame);
  durations_[frame->pts] = duration > 0 ? duration : usual_duration_;
  decode_times_.add(frame->pts);
  extras_->look(*frame);
  fed_ = true;
  send(frame.get(), on_packet);
}

void VideoEncoder::check_size(const AVFrame& frame) const {
  if (frame.width == codec_->width && frame.height == codec_->height) {
    return;
  }
  throw Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "encode",
      .subject = codec_->codec->name,
      .reason = fmt::format(
          "the picture changes its size from {}x{} to {}x{} at {:.3f} s",
          codec_->width,
          codec_->height,
          frame.width,
          frame.height,
          static_cast<double>(frame.pts) * av_q2d(codec_->time_base)),
      .hint = "bring the source to one size first, or cut it where it changes"});
}

std::vector<std::string> VideoEncoder::losses() const {
  return extras_->losses();
}

void VideoEncoder::drain(const OnPacket& on_packet) {
  send(nullptr, on_packet);
}

void VideoEncoder::send(const AVFrame* frame, const OnPacket& on_packet) {
  check(
      ErrorKind::internal, avcodec_send_frame(codec_.get(), frame), "encode", codec_->codec->name);
  while (true) {
    PacketPtr packet = make_packet();
    const int code = avcodec_receive_packet(codec_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return;
    }
    check(ErrorKind::internal, code, "encode", codec_->codec->name);
    stamp(*packet);
    on_packet(std::move(packet));
  }
}

void VideoEncoder::stamp(AVPacket& packet) {
  const auto found = durations_.find(packet.pts);
  if (found == durations_.end()) {
    throw Error(ErrorInfo{
        .operation = "encode",
        .subject = codec_->codec->name,
        .reason =
            fmt::format("a packet came out with a time nothing went in with: {}", packet.pts)});
  }
  packet.duration = found->second;
  durations_.erase(found);
  packet.time_base = codec_->time_base;
  packet.dts = decode_times_.next(packet.duration).value();
  if (packet.dts > packet.pts) {
    throw Error(ErrorInfo{
        .operation = "encode",
        .subject = codec_->codec->name,
        .reason = fmt::format(
            "it reorders frames further than it says: dts {}, pts {}", packet.dts, packet.pts)});
  }
}

}  // namespace s3reel::media
