#include "media/audio_encoder.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "media/av_error.h"
#include "media/compat.h"

namespace s3reel::media {
namespace {

// Container times jitter by their rounding (1 ms in Matroska); less than this is no hole.
constexpr int kToleratedMs = 20;

// A longer hole is no pause in the sound but an error of its times, and filling it would not end.
constexpr std::int64_t kLongestHoleSeconds = 86'400;

// Sums and differences of times up to here cannot overflow.
constexpr std::int64_t kLastTime = std::int64_t{1} << 61;

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

bool same_kind(const AVFrame& a, const AVFrame& b) {
  return a.sample_rate == b.sample_rate && a.format == b.format &&
         av_channel_layout_compare(&a.ch_layout, &b.ch_layout) == 0;
}

// The parameters of the samples alone.
FramePtr kind_of(int sample_rate, int format, const AVChannelLayout& layout) {
  FramePtr kind = make_frame();
  kind->sample_rate = sample_rate;
  kind->format = format;
  check(ErrorKind::internal, av_channel_layout_copy(&kind->ch_layout, &layout), "encode audio");
  return kind;
}

FramePtr silence(const AVFrame& kind, int samples) {
  FramePtr frame = kind_of(kind.sample_rate, kind.format, kind.ch_layout);
  frame->nb_samples = samples;
  check(ErrorKind::internal, av_frame_get_buffer(frame.get(), 0), "encode audio");
  check(
      ErrorKind::internal,
      av_samples_set_silence(
          frame->extended_data,
          0,
          samples,
          frame->ch_layout.nb_channels,
          static_cast<AVSampleFormat>(frame->format)),
      "encode audio");
  return frame;
}

// Where sample `index` is in each plane.
std::vector<std::uint8_t*> planes_at(const AVFrame& frame, int index) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const int channels = frame.ch_layout.nb_channels;
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const std::ptrdiff_t step =
      std::ptrdiff_t{av_get_bytes_per_sample(format)} * (planar ? 1 : channels);
  std::vector<std::uint8_t*> planes(
      frame.extended_data, frame.extended_data + (planar ? channels : 1));
  for (std::uint8_t*& plane : planes) {
    plane += index * step;
  }
  return planes;
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
    convert(nullptr, on_packet);
  }
  if (waiting_ > 0) {
    encode_waiting(on_packet);  // the only one that may be short
  }
  send(nullptr, on_packet);
}

void AudioEncoder::take(const AVFrame& frame, const OnPacket& on_packet) {
  if (!resampler_) {
    open_resampler(frame);
    if (frame.pts != AV_NOPTS_VALUE) {
      next_out_ = rescaled(frame.pts, source_time_base_, codec_->time_base);
    }
  } else if (!same_kind(*kind_, frame)) {
    follow_change(frame, on_packet);
  }
  align(frame, on_packet);
  convert(&frame, on_packet);
}

void AudioEncoder::follow_change(const AVFrame& frame, const OnPacket& on_packet) {
  convert(nullptr, on_packet);
  if (next_in_) {
    next_in_ = rescaled(*next_in_, {1, kind_->sample_rate}, {1, frame.sample_rate});
  }
  open_resampler(frame);
  ++changes_;
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
  check(ErrorKind::input, swr_init(raw), "resample audio", subject_);
  kind_ = kind_of(frame.sample_rate, frame.format, frame.ch_layout);
}

void AudioEncoder::align(const AVFrame& frame, const OnPacket& on_packet) {
  const AVRational samples{1, frame.sample_rate};
  if (frame.pts != AV_NOPTS_VALUE) {
    const std::int64_t at = rescaled(frame.pts, source_time_base_, samples);
    const std::int64_t gap = at - next_in_.value_or(at);
    if (std::abs(gap) > kLongestHoleSeconds * frame.sample_rate) {
      throw wrong_times(fmt::format(
          "at {:.3f} s its times jump to {:.3f} s, by more than a day",
          static_cast<double>(*next_in_) * av_q2d(samples),
          static_cast<double>(at) * av_q2d(samples)));
    }
    const bool tolerated =
        std::abs(gap) * 1000 <= static_cast<std::int64_t>(kToleratedMs) * frame.sample_rate;
    if (gap > 0 && !tolerated) {
      fill(gap, on_packet);
    } else if (!tolerated) {
      to_cut_ += rescaled(-gap, samples, codec_->time_base);
    }
    if (!tolerated || !next_in_) {
      next_in_ = at;
    }
  }
  next_in_ = next_in_.value_or(0) + frame.nb_samples;
}

// A second at a time: a hole may have hours, which are not to be in memory at once.
void AudioEncoder::fill(std::int64_t gap, const OnPacket& on_packet) {
  const AVRational in{1, kind_->sample_rate};
  const AVRational out = codec_->time_base;
  // What is still to be cut would take this silence first.
  const std::int64_t spared = std::min(to_cut_, rescaled(gap, in, out));
  to_cut_ -= spared;
  std::int64_t left = gap - rescaled(spared, out, in);
  filled_ += rescaled(left, in, out);
  while (left > 0) {
    const int step = static_cast<int>(std::min<std::int64_t>(left, kind_->sample_rate));
    convert(silence(*kind_, step).get(), on_packet);
    left -= step;
  }
}

// `frame` null: all that the resampler still holds, which ends its use.
void AudioEncoder::convert(const AVFrame* frame, const OnPacket& on_packet) {
  const std::uint8_t** in =
      frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  int count = frame == nullptr ? 0 : frame->nb_samples;
  // What finds no room waits in the resampler; it is asked for with a count of 0, as `in` null
  // would make the resampler take this for the end of the sound. How much there is only converting
  // tells: swr_get_out_samples() counts what the filter keeps back for the samples to come.
  while (convert_some(in, count) > 0) {
    count = 0;
    if (waiting_ == codec_->frame_size) {
      encode_waiting(on_packet);
    }
  }
}

int AudioEncoder::convert_some(const std::uint8_t** in, int count) {
  const int size = codec_->frame_size;
  if (!next_) {
    next_ = kind_of(codec_->sample_rate, codec_->sample_fmt, codec_->ch_layout);
    next_->nb_samples = size;
    check(ErrorKind::internal, av_frame_get_buffer(next_.get(), 0), "encode audio");
  }
  std::vector<std::uint8_t*> out = planes_at(*next_, waiting_);
  const bool cutting = to_cut_ > 0;  // then what comes is overwritten by what comes next
  const std::int64_t room =
      cutting ? std::min<std::int64_t>(to_cut_, size - waiting_) : size - waiting_;
  const int got = check(
      ErrorKind::internal,
      swr_convert(resampler_.get(), out.data(), static_cast<int>(room), in, count),
      "resample audio",
      subject_);
  if (cutting) {
    to_cut_ -= got;
    cut_ += got;
  } else {
    waiting_ += got;
  }
  return got;
}

void AudioEncoder::encode_waiting(const OnPacket& on_packet) {
  const FramePtr frame = std::exchange(next_, nullptr);
  frame->nb_samples = std::exchange(waiting_, 0);
  frame->pts = next_out_;
  next_out_ += frame->nb_samples;
  send(frame.get(), on_packet);
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

std::int64_t AudioEncoder::rescaled(std::int64_t time, AVRational from, AVRational to) const {
  const std::int64_t result = av_rescale_q(time, from, to);
  if (result < -kLastTime || result > kLastTime) {  // libav's own overflow is INT64_MIN
    throw wrong_times(fmt::format(
        "a time of {:.3g} s cannot be right", static_cast<double>(time) * av_q2d(from)));
  }
  return result;
}

Error AudioEncoder::wrong_times(std::string reason) const {
  return Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "encode audio",
      .subject = subject_,
      .reason = std::move(reason),
      .hint = "repair the source's times, or encode it again from its origin"});
}

}  // namespace s3reel::media
