#include "media/decoder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "media/av_error.h"
#include "media/compat.h"
#include "media/input_policy.h"

namespace s3reel::media {
namespace {

// Leading pictures follow their key frame within a group of pictures.
constexpr std::size_t kEarlyPackets = 256;

/// Decoders that fill in what they cannot decode and flag the picture (libavcodec's error
/// resilience). With frame threads they hand a picture out before another thread has flagged it, or
/// not, so that damage passes by chance; H.264 does not look at all with slice threads
/// (h264_slice.c, enable_er).
bool conceals(AVCodecID codec) {
  constexpr auto kConceal = std::to_array<AVCodecID>(
      {AV_CODEC_ID_H264,
       AV_CODEC_ID_MPEG4,
       AV_CODEC_ID_MSMPEG4V1,
       AV_CODEC_ID_MSMPEG4V2,
       AV_CODEC_ID_MSMPEG4V3,
       AV_CODEC_ID_H263,
       AV_CODEC_ID_H263P,
       AV_CODEC_ID_FLV1,
       AV_CODEC_ID_RV10,
       AV_CODEC_ID_RV20,
       AV_CODEC_ID_RV30,
       AV_CODEC_ID_RV40,
       AV_CODEC_ID_VC1,
       AV_CODEC_ID_WMV1,
       AV_CODEC_ID_WMV2,
       AV_CODEC_ID_WMV3});
  return std::find(kConceal.begin(), kConceal.end(), codec) != kConceal.end();
}

/// Decoders that flag damaged pictures instead of refusing them, if they are let.
bool flags_damage(AVCodecID codec) {
  return conceals(codec) || codec == AV_CODEC_ID_MPEG1VIDEO || codec == AV_CODEC_ID_MPEG2VIDEO;
}

/// Codecs of which every packet is a picture that is shown. Others have packets that only later
/// ones refer to (VP8, VP9, AV1), pictures that are not coded (MPEG-4), or leave some out at a
/// splice (HEVC).
bool shows_every_packet(AVCodecID codec) {
  constexpr auto kShown = std::to_array<AVCodecID>(
      {AV_CODEC_ID_H264,
       AV_CODEC_ID_MPEG1VIDEO,
       AV_CODEC_ID_MPEG2VIDEO,
       AV_CODEC_ID_MJPEG,
       AV_CODEC_ID_PRORES,
       AV_CODEC_ID_DNXHD,
       AV_CODEC_ID_FFV1});
  return std::find(kShown.begin(), kShown.end(), codec) != kShown.end();
}

}  // namespace

Decoder::Decoder(
    const AVStream& stream, int threads, std::string subject, Tolerance* tolerance, Begin begin)
    : subject_(std::move(subject)),
      time_base_(stream.time_base),
      tolerance_(tolerance != nullptr && tolerance->any() ? tolerance : nullptr),
      awaits_all_(shows_every_packet(stream.codecpar->codec_id)) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::input,
        .operation = "decode",
        .subject = subject_,
        .reason = fmt::format("there is no decoder for {}", avcodec_get_name(parameters.codec_id)),
        .hint = "a fuller build of FFmpeg's libraries may have one"});
  }
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_) {
    throw std::bad_alloc();
  }
  check(
      ErrorKind::input,
      avcodec_parameters_to_context(codec_.get(), &parameters),
      "decode",
      subject_);
  codec_->pkt_timebase = stream.time_base;
  codec_->thread_count = threads;
  codec_->max_pixels = InputLimits{}.pixels;  // the picture may grow behind the first key frame
  if (conceals(codec->id)) {
    codec_->thread_count = 1;
  }
  const bool lenient = tolerance_ != nullptr || begin == Begin::middle;
  if (!lenient || !flags_damage(codec->id)) {
    codec_->err_recognition |= AV_EF_EXPLODE;
  }
  check(ErrorKind::input, avcodec_open2(codec_.get(), codec, nullptr), "open decoder", subject_);
}

void Decoder::decode(const AVPacket& packet, const OnFrame& on_frame) {
  send(&packet, on_frame);
}

void Decoder::drain(const OnFrame& on_frame) {
  send(nullptr, on_frame);
  check_all_shown();
}

void Decoder::break_off(const OnFrame& on_frame) {
  send(nullptr, on_frame);
}

// A decoder that finds nothing in a damaged packet says so only by giving no frame.
void Decoder::check_all_shown() {
  for (const std::int64_t time : awaited_) {
    const bool leading = !first_time_ || time < *first_time_;
    if (!leading && !bear(time, false)) {
      throw corrupt("nothing could be decoded", time, AVERROR_INVALIDDATA);
    }
  }
}

// Sound begins with samples that are skipped; that is no failure.
void Decoder::note_time(const AVPacket& packet) {
  if (codec_->codec_type == AVMEDIA_TYPE_VIDEO && early_times_.size() < kEarlyPackets &&
      packet.pts != AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_DISCARD) == 0) {
    early_times_.push_back(packet.pts);
  }
}

// Decoders report some of these as errors and drop others without a word: pictures shown before the
// first key frame that refer to what came before it (HEVC's RASL, open groups of MPEG-2).
std::uint64_t Decoder::undecodable_leading() const {
  const auto dropped = std::count_if(early_times_.begin(), early_times_.end(), [&](auto time) {
    return first_time_ && time < *first_time_;
  });
  return std::max(failed_leading_, static_cast<std::uint64_t>(dropped));
}

void Decoder::send(const AVPacket* packet, const OnFrame& on_frame) {
  if (packet != nullptr && !key_seen_) {
    key_seen_ = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    before_key_ += key_seen_ ? 0 : 1;
  }
  if (packet != nullptr) {
    note_time(*packet);
    note_in_work(*packet);
  }
  int code = avcodec_send_packet(codec_.get(), packet);
  if (code == AVERROR(EAGAIN)) {
    // Cannot happen while every frame is taken at once; a decoder that says so is broken.
    throw av_failure(ErrorKind::internal, code, "decode", subject_);
  }
  if (code < 0 && code != AVERROR_EOF) {
    if (is_leading_failure()) {
      return;
    }
    skip(code);
  }
  receive_all(on_frame);
}

void Decoder::receive_all(const OnFrame& on_frame) {
  while (true) {
    FramePtr frame = make_frame();
    const int code = avcodec_receive_frame(codec_.get(), frame.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return;
    }
    if (code < 0) {
      if (!is_leading_failure()) {
        skip(code);
      }
      continue;
    }
    deliver(std::move(frame), on_frame);
  }
}

// With frame threads a failure comes out some packets later, when the key frame may have gone in
// already; so as many failures are let pass as packets went in before it.
bool Decoder::is_leading_failure() {
  if (frames_ > 0 || failed_leading_ >= before_key_) {
    return false;
  }
  ++failed_leading_;
  return true;
}

// With frame threads the result of a packet comes out as many packets later as there are others.
void Decoder::note_in_work(const AVPacket& packet) {
  const bool by_frame = (codec_->active_thread_type & FF_THREAD_FRAME) != 0;
  const auto most = static_cast<std::size_t>(by_frame ? std::max(codec_->thread_count, 1) : 1);
  if (awaits_all_ && packet.pts != AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_DISCARD) == 0) {
    awaited_.insert(packet.pts);
  }
  in_work_.push_back(packet.pts);
  while (in_work_.size() > most) {
    in_work_.pop_front();
  }
}

void Decoder::note_shown(const AVFrame& frame) {
  if (compat::is_interlaced(frame)) {
    // Each of its fields may have been a packet.
    awaits_all_ = false;
    awaited_.clear();
  } else if (const auto found = awaited_.find(frame.pts); found != awaited_.end()) {
    awaited_.erase(found);
  }
}

void Decoder::skip(int code) {
  const std::int64_t time = in_work_.empty() ? AV_NOPTS_VALUE : in_work_.front();
  if (!in_work_.empty()) {
    in_work_.pop_front();
  }
  if (const auto found = awaited_.find(time); found != awaited_.end()) {
    awaited_.erase(found);
  }
  if (!bear(time, false)) {
    throw corrupt("corrupt data", time, code);
  }
}

FramePtr Decoder::replacement(const AVFrame& damaged) {
  const bool can = last_good_ && last_good_->width == damaged.width &&
                   last_good_->height == damaged.height && last_good_->format == damaged.format;
  if (!bear(damaged.pts, can)) {
    throw corrupt("a damaged frame", damaged.pts, AVERROR_INVALIDDATA);
  }
  if (!can) {
    return {};
  }
  FramePtr frame = ref_frame(*last_good_);
  frame->pts = damaged.pts;
  compat::set_frame_duration(*frame, compat::frame_duration(damaged));
  return frame;
}

bool Decoder::bear(std::int64_t pts, bool replaced) {
  const double seconds =
      pts == AV_NOPTS_VALUE ? 0.0 : static_cast<double>(pts) * av_q2d(time_base_);
  return tolerance_ != nullptr && tolerance_->bear({.seconds = seconds, .replaced = replaced});
}

void Decoder::deliver(FramePtr frame, const OnFrame& on_frame) {
  note_shown(*frame);
  frame->pts = frame->best_effort_timestamp;
  if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0) {
    frame = replacement(*frame);
    if (!frame) {
      return;
    }
  } else if (tolerance_ != nullptr) {
    last_good_ = ref_frame(*frame);
  }
  if (++frames_ == 1 && frame->pts != AV_NOPTS_VALUE) {
    first_time_ = frame->pts;
  }
  on_frame(std::move(frame));
}

Error Decoder::corrupt(const char* what, std::int64_t pts, int code) const {
  const std::string where =
      pts == AV_NOPTS_VALUE
          ? std::string()
          : fmt::format(" at {:.3f} s", static_cast<double>(pts) * av_q2d(time_base_));
  return Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "decode",
      .subject = subject_,
      .reason = fmt::format("{}{} ({})", what, where, av_reason(code)),
      .hint = "repair the source or encode it again from its origin",
      .av_error = code});
}

}  // namespace s3reel::media
