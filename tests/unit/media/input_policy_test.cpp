#include "media/input_policy.h"

#include <cstddef>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"
#include "media/demuxer.h"
#include "media/library.h"
#include "unit/media/clips.h"

namespace s3reel::media {
namespace {

using test::Content;
using testing::HasSubstr;

/// The sentence with which a source is refused; empty if it is read to its end.
std::string policy_refusal(Content bytes, const InputLimits& limits = {}) {
  silence_libraries();
  io::MemorySource source = test::source_of(std::move(bytes));
  try {
    Demuxer demuxer(source, Demuxer::Depth::job, {}, limits);
    const PacketPtr packet = make_packet();
    while (demuxer.read(*packet) == Demuxer::Read::packet) {
      av_packet_unref(packet.get());
    }
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
    return error.what();
  }
}

Content content(const std::string& words) {
  const auto bytes = std::as_bytes(std::span(words));
  return {bytes.begin(), bytes.end()};
}

TEST(InputPolicy, ContainersThatNameOtherFilesAreNotOpened) {
  EXPECT_THAT(
      policy_refusal(
          content("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n")),
      HasSubstr("a list of other files"));
  EXPECT_THAT(
      policy_refusal(content("ffconcat version 1.0\nfile '/etc/hostname'\n")),
      HasSubstr("a list of other files"));
}

TEST(InputPolicy, FormatsThatHoldNoVideoAreNotOpened) {
  EXPECT_THAT(
      policy_refusal(
          content("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\n"
                  "World\n\n")),
      HasSubstr("its format is not read: SubRip subtitle"));
}

TEST(InputLimits, OfPictures) {
  EXPECT_EQ(policy_refusal(test::plain_clip(), {.side = 128, .pixels = 128LL * 96}), "");
  EXPECT_THAT(policy_refusal(test::plain_clip(), {.side = 127}), HasSubstr("pictures of 128x96"));
  EXPECT_THAT(
      policy_refusal(test::plain_clip(), {.pixels = 128LL * 96 - 1}),
      HasSubstr("pictures of 128x96"));
}

TEST(InputLimits, OfStreams) {
  EXPECT_EQ(policy_refusal(test::plain_clip(), {.streams = 3}), "");
  EXPECT_THAT(policy_refusal(test::plain_clip(), {.streams = 2}), HasSubstr("2 streams or more"));
  EXPECT_THAT(policy_refusal(test::plain_clip(), {.streams = 1}), HasSubstr("1 streams or more"));
}

TEST(InputLimits, OfAPacket) {
  const Content clip = test::make_clip(
      "-f lavfi -i testsrc2=s=640x480:r=5:d=1 -c:v rawvideo -pix_fmt yuv420p ", "raw.avi");
  const std::uint64_t picture = 640ULL * 480 * 3 / 2;
  EXPECT_EQ(policy_refusal(clip, {.packet_bytes = picture}), "");
  EXPECT_THAT(
      policy_refusal(clip, {.packet_bytes = picture / 2}), HasSubstr("a packet before byte"));
}

TEST(InputLimits, OfAPacketAreNotOfManyInARow) {
  const Content clip = test::make_clip(
      "-f lavfi -i testsrc2=s=640x480:r=5:d=4 -c:v mjpeg -q:v 1 -pix_fmt yuvj444p ", "row.mov");
  EXPECT_EQ(policy_refusal(clip, {.packet_bytes = 300 * base::kKiB}), "");
}

TEST(InputLimits, OfTheIndex) {
  const std::string clip = test::kPicture + test::kX264;
  const Content whole = test::make_clip(clip, "index.mp4");
  EXPECT_EQ(
      policy_refusal(whole, {.index_entries = 59}), "");  // 50 samples, an edit, a data reference
  EXPECT_THAT(
      policy_refusal(whole, {.index_entries = 58}), HasSubstr("its index claims 59 entries"));
  const Content fragments =
      test::make_clip(clip + "-g 10 -movflags +frag_keyframe+empty_moov ", "fragments.mp4");
  EXPECT_EQ(policy_refusal(fragments, {.index_entries = 63}), "");
  EXPECT_THAT(policy_refusal(fragments, {.index_entries = 62}), HasSubstr("its index claims"));
}

TEST(InputLimits, OfTheIndexCountPcmAsItIsIndexed) {
  const Content clip = test::make_clip(test::kSound + "-c:a pcm_s16le ", "pcm.mov");
  EXPECT_EQ(policy_refusal(clip, {.index_entries = 200}), "");  // of 96,000 samples
}

TEST(InputLimits, OfOpening) {
  EXPECT_THAT(
      policy_refusal(test::plain_clip(), {.opening_bytes = 1000}), HasSubstr("too much of it"));
  EXPECT_THAT(
      policy_refusal(test::plain_clip(), {.opening_time = std::chrono::seconds(-1)}),
      HasSubstr("took more than -1 s"));
}

}  // namespace
}  // namespace s3reel::media
