#include "media/decoder.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "media/av_error.h"
#include "media/input_policy.h"

namespace s3reel::media {
namespace {

// Leading pictures follow their key frame within a group of pictures.
constexpr std::size_t kEarlyPackets = 256;

}  // namespace

Decoder::Decoder(const AVStream& stream, int threads, std::string subject)
    : subject_(std::move(subject)), time_base_(stream.time_base) {
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
  // With frame threads a picture is handed out before its damage is flagged, so errors must be
  // errors.
  codec_->err_recognition |= AV_EF_EXPLODE;
  check(ErrorKind::input, avcodec_open2(codec_.get(), codec, nullptr), "open decoder", subject_);
}

void Decoder::decode(const AVPacket& packet, const OnFrame& on_frame) {
  send(&packet, on_frame);
}

void Decoder::drain(const OnFrame& on_frame) {
  send(nullptr, on_frame);
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
    throw corrupt("corrupt data", packet == nullptr ? AV_NOPTS_VALUE : packet->pts, code);
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
      if (is_leading_failure()) {
        continue;
      }
      throw corrupt("corrupt data", AV_NOPTS_VALUE, code);
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

void Decoder::deliver(FramePtr frame, const OnFrame& on_frame) {
  frame->pts = frame->best_effort_timestamp;
  if ((frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0) {
    throw corrupt("a damaged frame", frame->pts, AVERROR_INVALIDDATA);
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
