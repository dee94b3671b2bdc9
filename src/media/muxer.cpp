#include "media/muxer.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "media/av_error.h"
#include "media/compat.h"
#include "media/h264_range.h"
#include "media/source_copy.h"

namespace s3reel::media {
namespace {

// What describes the stream rather than its coded form. Dolby Vision's configuration is left out: a
// record that no longer matches the bitstream breaks playback.
constexpr std::array kKeptSideData{
    AV_PKT_DATA_DISPLAYMATRIX,
    AV_PKT_DATA_STEREO3D,
    AV_PKT_DATA_SPHERICAL,
    AV_PKT_DATA_MASTERING_DISPLAY_METADATA,
    AV_PKT_DATA_CONTENT_LIGHT_LEVEL};

// How much may wait for the first packet of the last stream.
constexpr std::uint64_t kMostHeld = 64 * base::kMiB;

// mov tracks take any timescale; libavformat doubles one below 10,000 until it is not (movenc.c).
int movie_timescale(AVRational time_base) {
  int scale = time_base.den;
  while (scale < 10'000) {
    scale *= 2;
  }
  return scale;
}

// libavformat's Matroska muxer (5.1) states Opus's pre-skip (RFC 7845, 5.1, bytes 10 and 11) as
// CodecDelay, which readers subtract from every time, but does not add it to the times. In samples
// of 48 kHz.
std::int64_t opus_delay(const AVCodecParameters& codec) {
  constexpr int kHeaderBytes = 19;
  if (codec.codec_id != AV_CODEC_ID_OPUS || codec.extradata_size < kHeaderBytes) {
    return 0;
  }
  return codec.extradata[10] | codec.extradata[11] << 8;
}

// Profile, rate and channels of an ADTS header (ISO/IEC 13818-7, 6.2.1) without its private bit.
std::optional<unsigned> adts_configuration(const AVPacket& packet) {
  constexpr int kHeaderBytes = 7;
  if (packet.size < kHeaderBytes || packet.data[0] != 0xFF || (packet.data[1] & 0xF6) != 0xF0) {
    return std::nullopt;
  }
  return (packet.data[2] & 0xFDU) << 8U | (packet.data[3] & 0xC0U);
}

bool has_side_data(const AVStream& stream, AVPacketSideDataType type) {
  const auto all = compat::stream_side_data(stream);
  return std::any_of(all.begin(), all.end(), [type](const compat::StreamSideData& one) {
    return one.type == type;
  });
}

}  // namespace

Muxer::Muxer(Container container, io::ObjectWriter& writer)
    : container_(container), sink_(make_sink(container, writer)), output_(*sink_) {
  AVFormatContext* raw = nullptr;
  check(
      ErrorKind::internal,
      avformat_alloc_output_context2(&raw, nullptr, facts(container).muxer, nullptr),
      "open muxer");
  format_.reset(raw);
  format_->pb = output_.context();
  format_->flags |= AVFMT_FLAG_CUSTOM_IO;
}

AVStream& Muxer::add_stream(const AVStream& source) {
  AVStream* stream = avformat_new_stream(format_.get(), nullptr);
  if (stream == nullptr) {
    throw std::bad_alloc();
  }
  av_dict_copy(&stream->metadata, source.metadata, 0);
  // These describe how the source was stored.
  for (const char* stale :
       {"encoder",
        "vendor_id",
        "DURATION",
        "BPS",
        "NUMBER_OF_FRAMES",
        "NUMBER_OF_BYTES",
        "_STATISTICS_TAGS"}) {
    av_dict_set(&stream->metadata, stale, nullptr, 0);
  }
  stream->disposition = source.disposition;
  stream->avg_frame_rate = source.avg_frame_rate;
  if (container_ == Container::fmp4) {
    awaited_[stream->index] = source.index;
  }
  for (const compat::StreamSideData& data : compat::stream_side_data(source)) {
    if (std::find(kKeptSideData.begin(), kKeptSideData.end(), data.type) != kKeptSideData.end()) {
      compat::add_stream_side_data(*stream, data.type, data.bytes);
    }
  }
  return *stream;
}

int Muxer::add_copied(const AVStream& source, AVRational time_base) {
  AVStream& stream = add_stream(source);
  check(
      ErrorKind::internal,
      avcodec_parameters_copy(stream.codecpar, source.codecpar),
      "copy stream parameters");
  keep_dolby_vision(source, stream);
  // The tag of one container means nothing in another.
  const AVOutputFormat& format = *format_->oformat;
  if (av_codec_get_id(format.codec_tag, source.codecpar->codec_tag) != source.codecpar->codec_id) {
    stream.codecpar->codec_tag = 0;
  }
  stream.sample_aspect_ratio = source.sample_aspect_ratio;
  stream.time_base = time_base;
  filter_adts(stream, source, time_base);
  if (container_ == Container::mkv) {
    delays_[stream.index] = opus_delay(*stream.codecpar);
  }
  return stream.index;
}

// MP4 keeps AAC without ADTS headers. libavformat puts the filter in by itself, but not when the
// moov is delayed.
void Muxer::filter_adts(const AVStream& stream, const AVStream& source, AVRational time_base) {
  if (stream.codecpar->codec_id != AV_CODEC_ID_AAC || stream.codecpar->extradata_size > 0) {
    return;
  }
  AVBSFContext* raw = nullptr;
  check(
      ErrorKind::internal,
      av_bsf_alloc(av_bsf_get_by_name("aac_adtstoasc"), &raw),
      "open ADTS filter");
  BsfPtr filter(raw);
  check(
      ErrorKind::internal,
      avcodec_parameters_copy(filter->par_in, stream.codecpar),
      "open ADTS filter");
  filter->time_base_in = time_base;
  check(ErrorKind::internal, av_bsf_init(filter.get()), "open ADTS filter");
  adts_[stream.index] = {.filter = std::move(filter), .source = source.index};
}

// Copied packets still match the record; the muxer writes it only when told to be unofficial.
void Muxer::keep_dolby_vision(const AVStream& source, AVStream& stream) {
  for (const compat::StreamSideData& data : compat::stream_side_data(source)) {
    if (data.type == AV_PKT_DATA_DOVI_CONF) {
      compat::add_stream_side_data(stream, data.type, data.bytes);
      format_->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
    }
  }
}

int Muxer::add_encoded(const AVCodecContext& encoder, const AVStream& source) {
  AVStream& stream = add_stream(source);
  check(
      ErrorKind::internal,
      avcodec_parameters_from_context(stream.codecpar, &encoder),
      "copy encoder parameters");
  state_limited_range(*stream.codecpar);
  stream.sample_aspect_ratio = encoder.sample_aspect_ratio;
  stream.time_base = encoder.time_base;
  return stream.index;
}

void Muxer::add_frame_side_data(int stream, const AVFrame& frame) {
  constexpr std::array kPairs{
      std::pair{AV_FRAME_DATA_DISPLAYMATRIX, AV_PKT_DATA_DISPLAYMATRIX},
      std::pair{AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_MASTERING_DISPLAY_METADATA},
      std::pair{AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, AV_PKT_DATA_CONTENT_LIGHT_LEVEL}};
  AVStream& target = *format_->streams[stream];
  for (const auto& [from, to] : kPairs) {
    const AVFrameSideData* data = av_frame_get_side_data(&frame, from);
    // Players believe the container's rotation before the bitstream's.
    const bool said = to == AV_PKT_DATA_DISPLAYMATRIX && has_side_data(target, to);
    if (data != nullptr && !said) {
      compat::add_stream_side_data(target, to, {data->data, static_cast<std::size_t>(data->size)});
    }
  }
}

void Muxer::copy_metadata(const AVFormatContext& source, std::int64_t start_us) {
  av_dict_copy(&format_->metadata, source.metadata, 0);
  for (const char* stale : {"major_brand", "minor_version", "compatible_brands", "encoder"}) {
    av_dict_set(&format_->metadata, stale, nullptr, 0);
  }
  copy_chapters(source, start_us, *format_);
}

void Muxer::options_for_mp4(int video, Dictionary& options) const {
  const std::string scale = fmt::format("{}", movie_timescale(format_->streams[video]->time_base));
  options.set("movie_timescale", scale.c_str());
  options.set("video_track_timescale", scale.c_str());
  if (container_ == Container::fmp4) {
    // delay_moov: the edit lists must know the first times of every track. A fragment is held in
    // memory until it is written, so its size has a bound; count_held() has that of the first.
    options.set("movflags", "frag_keyframe+delay_moov+default_base_moof");
    options.set("frag_size", "4194304");
  }
}

void Muxer::write_header(int video) {
  Dictionary options;
  if (container_ != Container::mkv) {
    options_for_mp4(video, options);
  }
  after_write(avformat_write_header(format_.get(), options.get()), "write container header");
}

void Muxer::write(AVPacket& packet) {
  const auto adts = adts_.find(packet.stream_index);
  if (adts == adts_.end()) {
    write_one(packet);
  } else {
    write_filtered(adts->second, packet);
  }
}

void Muxer::write_filtered(Adts& adts, AVPacket& packet) {
  const int stream = packet.stream_index;
  const AVRational time_base = packet.time_base;
  const std::optional<unsigned> configuration = adts_configuration(packet);
  if (!adts.first) {
    adts.first = configuration;
  } else if (configuration && configuration != adts.first && !adts.changed_at) {
    adts.changed_at = static_cast<double>(packet.pts) * av_q2d(time_base);
  }
  check(ErrorKind::input, av_bsf_send_packet(adts.filter.get(), &packet), "remove ADTS header");
  while (true) {
    const PacketPtr out = make_packet();
    const int code = av_bsf_receive_packet(adts.filter.get(), out.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return;
    }
    check(ErrorKind::input, code, "remove ADTS header");
    out->stream_index = stream;
    out->time_base = time_base;
    write_one(*out);
  }
}

// With delay_moov libavformat holds everything until every track has a packet.
void Muxer::count_held(const AVPacket& packet) {
  awaited_.erase(packet.stream_index);
  if (awaited_.empty()) {
    return;
  }
  held_bytes_ += static_cast<std::uint64_t>(packet.size);
  if (held_bytes_ > kMostHeld) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "write fragmented MP4",
        .subject = fmt::format("stream {}", awaited_.begin()->second),
        .reason = fmt::format(
            "no packet of it came among the first {} MiB, and all of them would have to wait for "
            "it in memory",
            kMostHeld / base::kMiB),
        .hint = "use --format mp4"});
  }
}

void Muxer::write_one(AVPacket& packet) {
  ++packets_;
  count_held(packet);
  av_packet_rescale_ts(&packet, packet.time_base, format_->streams[packet.stream_index]->time_base);
  const auto delay = delays_.find(packet.stream_index);
  if (delay != delays_.end()) {
    const std::int64_t ticks =
        av_rescale_q(delay->second, {1, 48'000}, format_->streams[packet.stream_index]->time_base);
    packet.pts += ticks;
    packet.dts += ticks;
  }
  after_write(av_write_frame(format_.get(), &packet), "write packet");
}

void Muxer::finish() {
  // A null packet makes muxers with clusters or fragments write what they hold.
  after_write(av_write_frame(format_.get(), nullptr), "flush muxer");
  output_.flush();
  sink_->begin_trailer(packets_);
  after_write(av_write_trailer(format_.get()), "write container trailer");
  output_.flush();
  sink_->finish();
}

std::vector<std::string> Muxer::losses() const {
  std::vector<std::string> words;
  for (const auto& [index, adts] : adts_) {
    if (adts.changed_at) {
      words.push_back(fmt::format(
          "stream {}: the sound changes its profile, rate or channels at {:.3f} s; the result "
          "states the first, so players may not decode what follows",
          adts.source,
          *adts.changed_at));
    }
  }
  return words;
}

void Muxer::after_write(int code, const char* operation) {
  output_.rethrow_pending();
  check(ErrorKind::internal, code, operation, facts(container_).name);
}

}  // namespace s3reel::media
