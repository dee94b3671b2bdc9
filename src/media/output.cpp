#include "media/output.h"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "media/compat.h"
#include "media/first_frame.h"

namespace s3reel::media {

Output::Output(const Parts& parts)
    : parts_(parts),
      expected_(parts.through_ops(describe_picture(
          parts.source.stream(parts.map.video),
          parts.source.frame_rate(parts.map.video),
          parts.seen))),
      muxer_(parts.container, parts.writer) {
  for (const StreamFacts& facts : parts_.map.streams) {
    if (facts.fate == StreamFate::encoded) {
      audio_encoders_[facts.index] = std::make_unique<AudioEncoder>(
          parts_.source.stream(facts.index),
          stream_subject(parts_.source.identity().url, facts.index));
    }
  }
}

void Output::open(const AVFrame& first, AVPixelFormat home) {
  const std::scoped_lock lock(mutex_);
  if (!open_) {
    open_locked({.like = without_pixels(first), .home = home, .frame_rate = expected_.frame_rate});
  }
}

void Output::open_unseen() {
  const std::scoped_lock lock(mutex_);
  if (open_) {
    return;
  }
  notes_.emplace_back("the first picture came late; the encoder was set up before it");
  open_locked(expected_);
}

void Output::open_copy() {
  const std::scoped_lock lock(mutex_);
  if (!open_) {
    add_streams(nullptr);
    open_ = true;
  }
}

void Output::open_locked(const Picture& picture) {
  settle_encoder(picture);
  add_streams(picture.like.get());
  open_ = true;
}

void Output::settle_encoder(const Picture& picture) {
  const AVStream& stream = parts_.source.stream(parts_.map.video);
  const AVFrame& first = *picture.like;
  const EncoderInput input{
      .source_codec = stream.codecpar->codec_id,
      .format = static_cast<AVPixelFormat>(first.format),
      .home = picture.home,
      .width = first.width,
      .height = first.height,
      .time_base = first.time_base};
  EncoderChoice choice = choose_encoder(parts_.job.video, parts_.container, input);
  try {
    open_encoder(choice, picture);
  } catch (const Error& error) {
    // Only what the encoder itself has against this picture is ours to avoid (SVT-AV1: below
    // 64x64).
    const VideoSettings& video = parts_.job.video;
    const bool by_default = video.codec.empty() && video.options.empty() && video.preset.empty();
    if (!by_default || std::string_view(choice.codec->name) == kFallbackEncoder) {
      throw;
    }
    VideoSettings fallback = video;
    fallback.codec = kFallbackEncoder;
    choice = choose_encoder(fallback, parts_.container, input);
    choice.reason = error.what();
    open_encoder(choice, picture);
  }
  report_choice(choice, picture);
}

void Output::open_encoder(const EncoderChoice& choice, const Picture& picture) {
  const AVFrame& first = *picture.like;
  const FramePtr like = without_pixels(first);
  relabel_colour(*like, static_cast<AVPixelFormat>(first.format), choice.format, picture.home);
  like->format = choice.format;
  encoder_ = std::make_unique<VideoEncoder>(
      choice,
      parts_.job.video,
      EncoderContext{
          .time_base = first.time_base,
          .frame_rate = picture.frame_rate,
          .sample_aspect = first.sample_aspect_ratio},
      *like);
  format_ = choice.format;
  encoder_name_ = choice.codec->name;
  // Players take a range that is not stated for the limited one.
  const bool back = first.format != picture.home;
  converter_.emplace(PixelConverter::Settings{
      .to = format_,
      .range = is_full_range(*like) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG,
      .chroma = back ? PixelConverter::Chroma::reversible : PixelConverter::Chroma::smooth,
      .home = picture.home});
}

FramePtr Output::prepare(FramePtr frame) {
  if (!changes_) {
    // Not when the encoder is opened: that may be before a frame came.
    report_frame_losses(*frame);
    changes_.emplace(*frame);
  }
  changes_->look(*frame);
  return converter_->convert(std::move(frame));
}

void Output::report_choice(const EncoderChoice& choice, const Picture& picture) {
  if (std::string note = choice_note(choice); !note.empty()) {
    notes_.push_back(std::move(note));
  }
  if (!choice.format_loss.empty()) {
    losses_.push_back(choice.format_loss);
  } else if (choice.format != picture.home) {
    notes_.push_back(fmt::format(
        "the picture is encoded as {} instead of {}: {} takes it only so",
        av_get_pix_fmt_name(choice.format),
        av_get_pix_fmt_name(picture.home),
        encoder_name_));
  }
  if (picture.like->format != choice.format) {
    parts_.log.debug(fmt::format(
        "{} becomes {} for the encoder",
        av_get_pix_fmt_name(static_cast<AVPixelFormat>(picture.like->format)),
        av_get_pix_fmt_name(choice.format)));
  }
  parts_.log.debug(fmt::format(
      "encoder {}, {}, times in 1/{} s",
      encoder_name_,
      av_get_pix_fmt_name(format_),
      picture.like->time_base.den));
}

void Output::add_streams(const AVFrame* first) {
  int video = 0;
  for (const StreamFacts& facts : parts_.map.streams) {
    const AVStream& source = parts_.source.stream(facts.index);
    int index = -1;
    switch (facts.fate) {
      case StreamFate::rewritten:
      case StreamFate::dropped:
        continue;
      case StreamFate::processed:
        index = muxer_.add_encoded(encoder_->context(), source);
        muxer_.add_frame_side_data(index, *first);
        break;
      case StreamFate::encoded:
        index = muxer_.add_encoded(audio_encoders_.at(facts.index)->context(), source);
        break;
      case StreamFate::copied:
        index = muxer_.add_copied(source, source.time_base);
        break;
    }
    if (facts.index == parts_.map.video) {
      video = index;
    }
  }
  muxer_.copy_metadata(parts_.source.context(), parts_.map.start.in(AV_TIME_BASE_Q));
  muxer_.write_header(video);
}

// H.264 and HEVC state it for 4:2:0 only (H.264 E.2.1, HEVC E.3.1); Matroska states it itself.
bool Output::keeps_chroma_location(const AVFrame& first) const {
  const AVCodecID codec = encoder_->context().codec_id;
  const AVPixFmtDescriptor& pixel = *av_pix_fmt_desc_get(format_);
  const bool subsampled = pixel.log2_chroma_w == 1 && pixel.log2_chroma_h == 1;
  const bool stated = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
  return first.chroma_location == AVCHROMA_LOC_UNSPECIFIED || (stated && subsampled) ||
         parts_.container == Container::mkv;
}

void Output::report_frame_losses(const AVFrame& first) {
  if (compat::is_interlaced(first)) {
    losses_.emplace_back("interlaced fields are encoded as whole frames; the flag is not kept");
  }
  if (!keeps_chroma_location(first)) {
    losses_.push_back(fmt::format(
        "the position of chroma samples ({}) is not kept: {} in {} has no place for it",
        av_chroma_location_name(first.chroma_location),
        encoder_name_,
        facts(parts_.container).name));
  }
  // What the container says of it is compared when the result is checked.
  if (parts_.container == Container::mkv &&
      av_frame_get_side_data(&first, AV_FRAME_DATA_DISPLAYMATRIX) != nullptr) {
    losses_.emplace_back("rotation of the picture's frames is not kept in mkv");
  }
  for (const compat::StreamSideData& data :
       compat::stream_side_data(parts_.source.stream(parts_.map.video))) {
    if (data.type == AV_PKT_DATA_DOVI_CONF) {
      losses_.emplace_back("Dolby Vision's enhancement is not kept; its base picture is");
    }
  }
}

std::vector<std::string> Output::encoding_losses() const {
  std::vector<std::string> losses;
  if (encoder_) {
    losses = encoder_->losses();
  }
  if (changes_) {
    for (std::string& loss : changes_->losses()) {
      losses.push_back(std::move(loss));
    }
  }
  for (std::string& loss : muxer_.losses()) {
    losses.push_back(std::move(loss));
  }
  for (const auto& [index, encoder] : audio_encoders_) {
    if (encoder->filled() > 0) {
      losses.push_back(fmt::format(
          "stream {}: holes in the sound were filled with {} samples of silence",
          index,
          encoder->filled()));
    }
    if (encoder->changes() > 0) {
      losses.push_back(fmt::format(
          "stream {}: the sound changes its rate, channels or format {} times; the result keeps "
          "the "
          "first",
          index,
          encoder->changes()));
    }
    if (encoder->cut() > 0) {
      losses.push_back(
          fmt::format("stream {}: {} overlapping samples were cut", index, encoder->cut()));
    }
  }
  return losses;
}

void Output::encode_sound(const AVPacket& packet, const AudioEncoder::OnPacket& on_packet) {
  audio_encoders_.at(packet.stream_index)->encode(packet, at_result_times(on_packet));
}

void Output::drain_sound(int source_index, const AudioEncoder::OnPacket& on_packet) {
  audio_encoders_.at(source_index)->drain(at_result_times(on_packet));
}

AudioEncoder::OnPacket Output::at_result_times(const AudioEncoder::OnPacket& next) const {
  return [this, &next](PacketPtr packet) {
    packet->pts -= parts_.map.start.in(packet->time_base);
    packet->dts -= parts_.map.start.in(packet->time_base);
    next(std::move(packet));
  };
}

}  // namespace s3reel::media
