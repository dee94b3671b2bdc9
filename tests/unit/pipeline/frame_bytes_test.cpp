#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "media/codec_memory.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/library.h"
#include "media/picture.h"
#include "ops/grayscale.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"
#include "unit/ops/apply.h"

namespace s3reel::pipeline {
namespace {

/// The largest frame of a clip as it leaves the decoder, and as it leaves grayscale.
struct Largest {
  std::uint64_t picture = 0;  ///< as the budget counts it
  std::uint64_t decoded = 0;
  std::uint64_t gray = 0;
};

Largest largest(const test::Content& clip) {
  media::silence_libraries();
  io::MemorySource source = test::source_of(clip);
  media::Demuxer demuxer(source, media::Demuxer::Depth::job, {});
  Largest most{
      .picture = media::picture_bytes(
          media::describe_picture(demuxer.stream(0), demuxer.frame_rate(0), nullptr))};
  media::Decoder decoder(demuxer.stream(0), 2, "film stream 0");
  ops::Grayscale grayscale;
  const auto look = [&](media::FramePtr frame) {
    most.decoded = std::max(most.decoded, media::buffer_bytes(*frame));
    const media::FramePtr gray = test::applied(grayscale, std::move(frame));
    most.gray = std::max(most.gray, media::buffer_bytes(*gray));
  };
  const media::PacketPtr packet = media::make_packet();
  while (demuxer.read(*packet) == media::Demuxer::Read::packet) {
    decoder.decode(*packet, look);
    av_packet_unref(packet.get());
  }
  decoder.drain(look);
  return most;
}

// What a decoder pads must not make a queue hold fewer frames than were planned for.
TEST(FrameBytes, OfEveryDecoderAreThoseThatAreAllowedFor) {
  for (const std::string codec :
       {"-c:v libx264 -preset ultrafast ",
        "-c:v libx264 -preset ultrafast -pix_fmt yuv444p ",
        "-c:v libx264 -preset ultrafast -pix_fmt yuv422p10 ",
        "-c:v libx265 -preset ultrafast -x265-params log-level=error ",
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 ",
        "-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv420p ",
        "-c:v libaom-av1 -cpu-used 8 -usage realtime -pix_fmt yuv444p ",
        "-c:v mpeg2video ",
        "-c:v mjpeg -pix_fmt yuvj444p ",
        "-c:v prores ",
        "-c:v ffv1 -pix_fmt gbrp ",
        "-c:v rawvideo -pix_fmt yuv420p "}) {
    for (const std::string size : {"66x50", "642x358", "1280x720"}) {
      const Largest most = largest(test::make_clip(
          "-f lavfi -i testsrc2=s=" + size + ":r=25:d=0.2 -strict -2 " + codec, "a.mkv"));
      const std::uint64_t allowed = media::most_buffer_bytes(most.picture);
      EXPECT_GE(most.decoded, most.picture / 2) << codec << size;
      EXPECT_LE(most.decoded, allowed) << codec << size;
      EXPECT_LE(most.gray, allowed) << codec << size;
    }
  }
}

}  // namespace
}  // namespace s3reel::pipeline
