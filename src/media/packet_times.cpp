#include "media/packet_times.h"

#include <algorithm>

#include <fmt/format.h>

#include "s3reel/error.h"

namespace s3reel::media {
namespace {

// Times of sound that were rounded to a coarser grid (1 ms in Matroska) can be told to the sample
// again, because the length of each packet is known.
bool coarser_than_samples(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  return codec.codec_type == AVMEDIA_TYPE_AUDIO && codec.sample_rate > 0 &&
         av_cmp_q(stream.time_base, {1, codec.sample_rate}) > 0;
}

}  // namespace

PacketTimes::PacketTimes(const AVStream& stream, Instant start)
    : stream_(stream),
      shift_(start.in(stream.time_base)),
      time_base_(
          coarser_than_samples(stream) ? AVRational{1, stream.codecpar->sample_rate}
                                       : stream.time_base) {}

void PacketTimes::apply(AVPacket& packet) {
  packet.time_base = stream_.time_base;
  if (packet.dts == AV_NOPTS_VALUE) {
    packet.dts = missing_dts(packet);
  }
  if (packet.pts == AV_NOPTS_VALUE) {
    packet.pts = packet.dts;
  }
  predicted_dts_ = packet.dts + interval(packet);
  packet.pts -= shift_;
  packet.dts -= shift_;
  if (av_cmp_q(time_base_, stream_.time_base) != 0) {
    sharpen(packet);
  }
  if (last_dts_ && packet.dts <= *last_dts_) {
    ++moved_;
    packet.dts = *last_dts_ + 1;
    packet.pts = std::max(packet.pts, packet.dts);
  }
  if (packet.dts > packet.pts && (!last_dts_ || packet.pts > *last_dts_)) {
    packet.dts = packet.pts;  // decode times are ours to set, presentation times are not
  }
  if (packet.dts > packet.pts) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::input,
        .operation = "copy",
        .subject = fmt::format("stream {}", stream_.index),
        .reason =
            fmt::format("a packet is to be shown at {} and decoded at {}", packet.pts, packet.dts),
        .hint = "check the source with ffprobe -show_packets"});
  }
  last_dts_ = packet.dts;
}

// Containers without decode times (Matroska) leave the first ones open, as many as the codec
// reorders; they come before the first picture's time.
std::int64_t PacketTimes::missing_dts(const AVPacket& packet) const {
  if (predicted_dts_) {
    return *predicted_dts_;
  }
  const std::int64_t pts = packet.pts == AV_NOPTS_VALUE ? shift_ : packet.pts;
  return pts - stream_.codecpar->video_delay * interval(packet);
}

std::int64_t PacketTimes::interval(const AVPacket& packet) const {
  if (packet.duration > 0) {
    return packet.duration;
  }
  const AVRational rate = stream_.avg_frame_rate;
  return rate.num > 0 && rate.den > 0
             ? std::max<std::int64_t>(1, av_rescale_q(1, av_inv_q(rate), stream_.time_base))
             : 1;
}

void PacketTimes::sharpen(AVPacket& packet) {
  const int samples = av_get_audio_frame_duration2(stream_.codecpar, packet.size);
  if (samples > 0) {
    packet.dts = av_rescale_delta(
        stream_.time_base, packet.dts, time_base_, samples, &rescale_state_, time_base_);
    packet.duration = samples;
  } else {
    packet.dts = av_rescale_q(packet.dts, stream_.time_base, time_base_);
    packet.duration = av_rescale_q(packet.duration, stream_.time_base, time_base_);
  }
  packet.pts = packet.dts;
  packet.time_base = time_base_;
}

std::string PacketTimes::loss() const {
  return moved_ == 0 ? std::string()
                     : fmt::format(
                           "stream {}: {} packets did not come after their predecessors and were "
                           "moved",
                           stream_.index,
                           moved_);
}

}  // namespace s3reel::media
