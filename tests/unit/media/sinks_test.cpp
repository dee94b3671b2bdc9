// Sinks apart from faststart, and what no sink lets a muxer do.

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/mux_sink.h"
#include "media/muxer.h"
#include "s3reel/error.h"
#include "support/bytes.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using test::Content;
using test::pattern_bytes;

class Target {
 public:
  Target() : writer_(store_.create("out", {}, {})) {}

  [[nodiscard]] io::ObjectWriter& writer() { return *writer_; }

  Content publish() {
    writer_->publish();
    return *store_.find("out")->bytes;
  }

 private:
  io::MemoryStore store_;
  std::unique_ptr<io::ObjectWriter> writer_;
};

TEST(MakeSink, GivesEachContainerItsWayBack) {
  Target written;
  EXPECT_TRUE(make_sink(Container::mp4, written.writer())->seekable());
  EXPECT_TRUE(make_sink(Container::mov, written.writer())->seekable());
  EXPECT_TRUE(make_sink(Container::mkv, written.writer())->seekable());
  EXPECT_FALSE(make_sink(Container::fmp4, written.writer())->seekable());
}

TEST(PatchedHeadSink, AppendsAndGoesBackIntoTheHead) {
  Target written;
  PatchedHeadSink sink(written.writer());
  const Content first = pattern_bytes(1'000, 1);
  const Content second = pattern_bytes(6'000'000, 2);
  const Content patch = pattern_bytes(50, 3);
  sink.write(0, first);
  sink.write(1'000, second);
  sink.write(900, patch);
  sink.finish();
  EXPECT_EQ(sink.end(), 6'001'000U);
  Content expected = first;
  expected.insert(expected.end(), second.begin(), second.end());
  std::copy(patch.begin(), patch.end(), expected.begin() + 900);
  EXPECT_TRUE(written.publish() == expected);
}

TEST(PatchedHeadSink, NeverGoesBackBehindTheHead) {
  Target written;
  PatchedHeadSink sink(written.writer());
  sink.write(0, pattern_bytes(io::kRetainedHeadBytes + 100));
  EXPECT_NO_THROW(sink.write(io::kRetainedHeadBytes - 8, pattern_bytes(8)));
  EXPECT_THROW(sink.write(io::kRetainedHeadBytes - 7, pattern_bytes(8)), Error);
  EXPECT_THROW(sink.write(io::kRetainedHeadBytes + 10, pattern_bytes(8)), Error);
}

TEST(AppendSink, LeavesNoHole) {
  Target written;
  AppendSink sink(written.writer());
  sink.write(0, pattern_bytes(10));
  EXPECT_THROW(sink.write(11, pattern_bytes(10)), Error);
}

TEST(FaststartSink, ATrailerWithoutAFrontIsRefused) {
  Target written;
  FaststartSink sink(written.writer());
  sink.write(0, pattern_bytes(100));
  sink.begin_trailer(1);
  sink.write(100, pattern_bytes(100));
  EXPECT_THROW(sink.finish(), Error);
}

Content copied(Container container) {
  const test::Opened source(test::plain_clip());
  Target written;
  Muxer muxer(container, written.writer());
  for (int i = 0; i < 2; ++i) {
    muxer.add_copied(source.stream(i), source.stream(i).time_base);
  }
  muxer.write_header(0);
  for (const PacketPtr& packet : source.packets()) {
    muxer.write(*packet);
  }
  muxer.finish();
  return written.publish();
}

TEST(PatchedHeadSink, FfprobeReadsTheDurationOfAMatroskaFile) {
  const test::TemporaryFolder folder;
  test::write_file(folder.file("out.mkv"), copied(Container::mkv));
  const std::string command = "ffprobe -v error -show_entries format=duration -of csv=p=0 " +
                              folder.file("out.mkv") + " > " + folder.file("said");
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(concurrency-mt-unsafe)
  double seconds = 0;
  std::ifstream(folder.file("said")) >> seconds;
  EXPECT_NEAR(seconds, 2.0, 0.05);
}

TEST(PatchedHeadSink, AMatroskaFileHasItsCues) {
  const test::Opened result(copied(Container::mkv));
  EXPECT_GE(av_seek_frame(&result.format(), 0, 1'500, 0), 0);
  const PacketPtr packet = make_packet();
  ASSERT_EQ(av_read_frame(&result.format(), packet.get()), 0);
  EXPECT_GE(packet->pts, 1'000);
}

TEST(AppendSink, AFragmentedFileIsPlayableFromItsBytes) {
  const test::Opened result(copied(Container::fmp4));
  EXPECT_EQ(test::of_stream(result.packets(), 0).size(), 50U);
}

}  // namespace
}  // namespace s3reel::media
