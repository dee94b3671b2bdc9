#include "media/audio_encoder.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include "media/av_error.h"
#include "media/compat.h"

namespace s3reel::media {
namespace {

// Container times jitter by their rounding (1 ms in Matroska); less than this is no hole.
constexpr int kToleratedMs = 20;

// 192 kbit/s for stereo; 96 for each channel beyond.
std::int64_t bit_rate(int channels) {
  return 96'000LL * std::max(channels, 1);
}

int nearest_rate(const AVCodec& codec, int wanted) {
  const std::vector<int> rates = compat::sample_rates(codec);
  if (rates.empty()) {
    return wanted;
  }
  return *std::min_element(rates.begin(), rates.end(), [wanted](int a, int b) {
    return std::abs(a - wanted) < std::abs(b - wanted);
  });
}

}  // namespace

AudioEncoder::AudioEncoder(const AVStream& source, std::string subject)
    : subject_(subject),
      source_time_base_(source.time_base),
      decoder_(source, 1, std::move(subject)) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "encode audio",
        .subject = subject_,
        .reason = "these FFmpeg libraries have no AAC encoder"});
  }
  codec_.reset(avcodec_alloc_context3(codec));
  if (!codec_) {
    throw std::bad_alloc();
  }
  const AVCodecParameters& parameters = *source.codecpar;
  if (parameters.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&codec_->ch_layout, parameters.ch_layout.nb_channels);
  } else {
    check(
        ErrorKind::internal,
        av_channel_layout_copy(&codec_->ch_layout, &parameters.ch_layout),
        "encode audio");
  }
  codec_->sample_rate = nearest_rate(*codec, parameters.sample_rate);
  codec_->sample_fmt = compat::sample_formats(*codec).at(0);
  codec_->bit_rate = bit_rate(codec_->ch_layout.nb_channels);
  codec_->time_base = {1, codec_->sample_rate};
  codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;  // every container here keeps headers apart
  check(ErrorKind::internal, avcodec_open2(codec_.get(), codec, nullptr), "open encoder", "aac");
}

void AudioEncoder::encode(const AVPacket& packet, const OnPacket& on_packet) {
  decoder_.decode(packet, [&](FramePtr frame) { take(*frame, on_packet); });
}

void AudioEncoder::drain(const OnPacket& on_packet) {
  decoder_.drain([&](FramePtr frame) { take(*frame, on_packet); });
  if (resampler_) {
    resample(nullptr);
    encode_ready(true, on_packet);
  }
  send(nullptr, on_packet);
}

void AudioEncoder::take(const AVFrame& frame, const OnPacket& on_packet) {
  if (!resampler_) {
    open_resampler(frame);
  }
  align(frame);
  resample(&frame);
  encode_ready(false, on_packet);
}

void AudioEncoder::open_resampler(const AVFrame& frame) {
  SwrContext* raw = nullptr;
  AVChannelLayout layout = frame.ch_layout;  // only read, but not const before FFmpeg 6
  const int code = swr_alloc_set_opts2(
      &raw,
      &codec_->ch_layout,
      codec_->sample_fmt,
      codec_->sample_rate,
      &layout,
      static_cast<AVSampleFormat>(frame.format),
      frame.sample_rate,
      0,
      nullptr);
  resampler_.reset(raw);
  check(ErrorKind::internal, code, "resample audio", subject_);
  check(ErrorKind::internal, swr_init(raw), "resample audio", subject_);
  if (frame.pts != AV_NOPTS_VALUE) {
    next_out_ = av_rescale_q(frame.pts, source_time_base_, codec_->time_base);
  }
}

void AudioEncoder::align(const AVFrame& frame) {
  const AVRational samples{1, frame.sample_rate};
  if (frame.pts != AV_NOPTS_VALUE) {
    const std::int64_t at = av_rescale_q(frame.pts, source_time_base_, samples);
    const std::int64_t gap = next_in_ ? at - *next_in_ : 0;
    if (gap * 1000 > static_cast<std::int64_t>(kToleratedMs) * frame.sample_rate) {
      check(
          ErrorKind::internal,
          swr_inject_silence(resampler_.get(), static_cast<int>(gap)),
          "fill audio",
          subject_);
      filled_ += gap;
      next_in_ = at;
    } else if (-gap * 1000 > static_cast<std::int64_t>(kToleratedMs) * frame.sample_rate) {
      const std::int64_t out = av_rescale_q(-gap, samples, codec_->time_base);
      check(
          ErrorKind::internal,
          swr_drop_output(resampler_.get(), static_cast<int>(out)),
          "cut audio",
          subject_);
      cut_ += -gap;
      next_in_ = at;
    } else if (!next_in_) {
      next_in_ = at;
    }
  }
  next_in_ = next_in_.value_or(0) + frame.nb_samples;
}

void AudioEncoder::resample(const AVFrame* frame) {
  // Output null: what is converted waits inside, until whole frames for the encoder are there.
  const std::uint8_t** in =
      frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  check(
      ErrorKind::internal,
      swr_convert(resampler_.get(), nullptr, 0, in, frame == nullptr ? 0 : frame->nb_samples),
      "resample audio",
      subject_);
}

void AudioEncoder::encode_ready(bool last, const OnPacket& on_packet) {
  const int size = codec_->frame_size;
  while (true) {
    const int waiting = swr_get_out_samples(resampler_.get(), 0);
    if (waiting <= 0 || (waiting < size && !last)) {
      return;
    }
    FramePtr frame = make_frame();
    frame->nb_samples = size;
    frame->format = codec_->sample_fmt;
    frame->sample_rate = codec_->sample_rate;
    check(
        ErrorKind::internal,
        av_channel_layout_copy(&frame->ch_layout, &codec_->ch_layout),
        "encode audio");
    check(ErrorKind::internal, av_frame_get_buffer(frame.get(), 0), "encode audio");
    const int got = swr_convert(resampler_.get(), frame->extended_data, size, nullptr, 0);
    check(ErrorKind::internal, got, "resample audio", subject_);
    if (got == 0) {
      return;
    }
    frame->nb_samples = got;
    frame->pts = next_out_;
    next_out_ += got;
    send(frame.get(), on_packet);
  }
}

void AudioEncoder::send(const AVFrame* frame, const OnPacket& on_packet) {
  check(ErrorKind::internal, avcodec_send_frame(codec_.get(), frame), "encode audio", subject_);
  while (true) {
    PacketPtr packet = make_packet();
    const int code = avcodec_receive_packet(codec_.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return;
    }
    check(ErrorKind::internal, code, "encode audio", subject_);
    packet->time_base = codec_->time_base;
    on_packet(std::move(packet));
  }
}

}  // namespace s3reel::media
