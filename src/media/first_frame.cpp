#include "media/first_frame.h"

#include <utility>

#include "media/av_error.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/stream_map.h"
#include "media/tolerance.h"

namespace s3reel::media {

FramePtr without_pixels(const AVFrame& frame) {
  FramePtr bare = make_frame();
  check(ErrorKind::internal, av_frame_copy_props(bare.get(), &frame), "look at the first frame");
  bare->format = frame.format;
  bare->width = frame.width;
  bare->height = frame.height;
  return bare;
}

FramePtr first_frame(
    io::ByteSource& source, int stream, std::uint64_t tolerate, const base::Log& log) {
  Demuxer demuxer(source, Demuxer::Depth::job, log);
  demuxer.select({stream});
  const std::string subject = stream_subject(source.identity().url, stream);
  Tolerance tolerance(tolerate);
  if (tolerance.any()) {
    demuxer.deliver_corrupt(stream);
  }
  Decoder decoder(demuxer.stream(stream), 1, subject, &tolerance);
  FramePtr first;
  const auto keep = [&first](const FramePtr& frame) {
    if (!first) {
      first = without_pixels(*frame);
    }
  };
  const PacketPtr packet = make_packet();
  while (!first && demuxer.read(*packet) == Demuxer::Read::packet) {
    if (packet->stream_index == stream) {
      decoder.decode(*packet, keep);
    }
    av_packet_unref(packet.get());
  }
  if (!first) {
    decoder.drain(keep);
  }
  if (!first) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::input,
        .operation = "decode",
        .subject = subject,
        .reason = "not a single frame could be decoded",
        .hint = "check the source with ffprobe"});
  }
  return first;
}

}  // namespace s3reel::media
