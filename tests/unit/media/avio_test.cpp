// The bridges between libavformat and what reads and writes for us: errors cross C frames, and
// contexts die in every state without a leak (which AddressSanitizer sees).

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "media/avio_input.h"
#include "media/avio_output.h"
#include "media/library.h"
#include "media/muxer.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"

namespace s3reel::media {
namespace {

using test::Content;

/// Gives what lies before `fails_at`, throws from there on.
class BreakingSource final : public io::ByteSource {
 public:
  BreakingSource(Content bytes, std::uint64_t fails_at)
      : source_(test::source_of(std::move(bytes))), fails_at_(fails_at) {}

  [[nodiscard]] const io::SourceIdentity& identity() const override { return source_.identity(); }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= fails_at_) {
      throw std::runtime_error("the line is dead");
    }
    return source_.read_at(
        offset, out.first(std::min<std::uint64_t>(out.size(), fails_at_ - offset)));
  }

 private:
  io::MemorySource source_;
  std::uint64_t fails_at_;
};

class InputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { silence_libraries(); }

  /// As a user of AvioInput does it.
  static std::pair<InputPtr, int> open(AvioInput& input) {
    AVFormatContext* raw = avformat_alloc_context();
    raw->pb = input.context();
    raw->flags |= AVFMT_FLAG_CUSTOM_IO;
    const int code = avformat_open_input(&raw, "", nullptr, nullptr);
    return {InputPtr(raw), code};
  }
};

TEST_F(InputTest, WithoutOpen) {
  io::MemorySource source = test::source_of(test::plain_clip());
  const AvioInput input(source);
}

TEST_F(InputTest, WithOpenFailure) {
  io::MemorySource source = test::source_of(Content(5'000, std::byte{0x11}));
  AvioInput input(source);
  const auto [format, code] = open(input);
  EXPECT_LT(code, 0);
  EXPECT_FALSE(format);
  EXPECT_NO_THROW(input.rethrow_pending());
}

TEST_F(InputTest, OpenedWithoutStreams) {
  io::MemorySource source = test::source_of(test::plain_clip());
  AvioInput input(source);
  const auto [format, code] = open(input);
  EXPECT_EQ(code, 0);
}

TEST_F(InputTest, OpenedWithStreamsAndRead) {
  io::MemorySource source = test::source_of(test::plain_clip());
  AvioInput input(source);
  const auto [format, code] = open(input);
  ASSERT_EQ(code, 0);
  ASSERT_GE(avformat_find_stream_info(format.get(), nullptr), 0);
  const PacketPtr packet = make_packet();
  EXPECT_EQ(av_read_frame(format.get(), packet.get()), 0);
}

TEST_F(InputTest, AnErrorWhileOpeningIsTheSourcesOwn) {
  BreakingSource source(test::plain_clip(), 10);
  AvioInput input(source);
  const auto [format, code] = open(input);
  EXPECT_LT(code, 0);
  EXPECT_THROW(input.rethrow_pending(), std::runtime_error);
  EXPECT_NO_THROW(input.rethrow_pending()) << "it is thrown once";
}

void expect_rethrown(const Content& bytes) {
  auto source = std::make_unique<BreakingSource>(bytes, bytes.size() * 3 / 4);
  AvioInput input(*source);
  AVFormatContext* raw = avformat_alloc_context();
  raw->pb = input.context();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  EXPECT_EQ(avformat_open_input(&raw, "", nullptr, nullptr), 0);
  const InputPtr format(raw);
  const PacketPtr packet = make_packet();
  int code = 0;
  while (code >= 0) {
    code = av_read_frame(raw, packet.get());
    av_packet_unref(packet.get());
  }
  EXPECT_THROW(input.rethrow_pending(), std::runtime_error);
}

TEST_F(InputTest, AnErrorWhileReadingIsThrownWhateverTheDemuxerMakesOfIt) {
  const std::string front = test::kPicture + test::kX264;
  expect_rethrown(test::make_clip(front, "a.ts"));
  expect_rethrown(test::make_clip(front, "a.mkv"));
  expect_rethrown(test::make_clip(front, "a.avi"));
  expect_rethrown(test::make_clip(front + "-movflags faststart", "a.mp4"));
}

TEST_F(InputTest, AnErrorThatLibavTakesForTheEndIsStillThrown) {
  BreakingSource source(test::plain_clip(), 100);
  AvioInput input(source);
  std::vector<unsigned char> bytes(200);
  EXPECT_EQ(avio_read(input.context(), bytes.data(), 200), 100) << "what was there is delivered";
  EXPECT_NE(avio_feof(input.context()), 0);
  EXPECT_THROW(input.rethrow_pending(), std::runtime_error);
}

TEST_F(InputTest, SeeksLikeAFile) {
  io::MemorySource source = test::source_of(test::plain_clip());
  AvioInput input(source);
  AVIOContext* avio = input.context();
  EXPECT_EQ(avio_size(avio), static_cast<std::int64_t>(source.identity().size));
  EXPECT_EQ(avio_seek(avio, 100, SEEK_SET), 100);
  EXPECT_EQ(avio_skip(avio, 50), 150);
  std::vector<unsigned char> bytes(16);
  EXPECT_EQ(avio_read(avio, bytes.data(), 16), 16);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(std::byte{bytes[i]}, test::plain_clip()[150 + i]);
  }
  EXPECT_LT(avio_seek(avio, -5, SEEK_SET), 0);
  EXPECT_GE(avio_seek(avio, avio_size(avio), SEEK_SET), 0);
  EXPECT_EQ(avio_read(avio, bytes.data(), 16), AVERROR_EOF);
}

/// Counts writes and throws when more than `limit` bytes came.
class Sink final : public MuxSink {
 public:
  explicit Sink(std::uint64_t limit, bool goes_back = true) : limit_(limit), back_(goes_back) {}

  [[nodiscard]] bool seekable() const override { return back_; }

  void write(std::uint64_t position, std::span<const std::byte> data) override {
    if (position + data.size() > limit_) {
      throw std::runtime_error("the disk is full");
    }
    end_ = std::max(end_, position + data.size());
    places_.push_back(position);
  }

  [[nodiscard]] const std::vector<std::uint64_t>& places() const { return places_; }

 private:
  std::uint64_t limit_;
  bool back_;
  std::vector<std::uint64_t> places_;
};

TEST(AvioOutput, WithoutAnyWrite) {
  Sink sink(0);
  AvioOutput output(sink);
  output.flush();
  EXPECT_TRUE(sink.places().empty());
}

TEST(AvioOutput, WithUnflushedBytes) {
  Sink sink(1'000);
  AvioOutput output(sink);
  avio_w8(output.context(), 1);
  EXPECT_EQ(sink.end(), 0U);
}

TEST(AvioOutput, FlushHandsOverWhatIsBuffered) {
  Sink sink(1'000);
  AvioOutput output(sink);
  avio_wb32(output.context(), 1);
  output.flush();
  EXPECT_EQ(sink.end(), 4U);
}

TEST(AvioOutput, GoesBackToPatch) {
  Sink sink(1'000);
  AvioOutput output(sink);
  for (int i = 0; i < 10; ++i) {
    avio_wb32(output.context(), 7);
  }
  output.flush();
  EXPECT_EQ(avio_seek(output.context(), 8, SEEK_SET), 8);
  avio_wb32(output.context(), 9);
  output.flush();
  EXPECT_EQ(sink.places(), (std::vector<std::uint64_t>{0, 8}));
  EXPECT_EQ(sink.end(), 40U);
}

TEST(AvioOutput, IsNoFileToGoBackInWhereTheSinkIsNone) {
  Sink sink(1'000, false);
  AvioOutput output(sink);
  EXPECT_EQ(output.context()->seekable & AVIO_SEEKABLE_NORMAL, 0);
}

TEST(AvioOutput, TheSinksErrorIsThrownOnceAndNothingIsWrittenBehindIt) {
  Sink sink(3);
  AvioOutput output(sink);
  avio_wb32(output.context(), 1);
  EXPECT_THROW(output.flush(), std::runtime_error);
  EXPECT_NO_THROW(output.rethrow_pending());
  EXPECT_TRUE(sink.places().empty());
}

/// A writer whose store is full after `limit` bytes.
class FullWriter final : public io::ObjectWriter {
 public:
  explicit FullWriter(std::uint64_t limit) : left_(limit) {}

  [[nodiscard]] std::size_t retained_bytes() const override { return io::kRetainedHeadBytes; }

  void append(std::span<const std::byte> data) override {
    if (data.size() > left_) {
      throw std::runtime_error("the store is full");
    }
    left_ -= data.size();
  }

  void patch(std::uint64_t /*offset*/, std::span<const std::byte> /*data*/) override {}

  void insert(std::uint64_t /*offset*/, std::vector<std::byte> /*data*/) override {}

  [[nodiscard]] io::HeadPreview preview() const override { return {}; }

  io::PublishedObject publish() override { return {}; }

  void discard() noexcept override {}

 private:
  std::uint64_t left_;
};

TEST(AvioOutput, AFailingWriterReachesTheMuxersUserAtAnyStage) {
  const test::Opened source(test::plain_clip());
  const auto packets = source.packets();
  for (const Container container : {Container::mp4, Container::fmp4, Container::mkv}) {
    for (const std::uint64_t limit : {0ULL, 100ULL, 3'000ULL, 30'000ULL}) {
      FullWriter writer(limit);
      Muxer muxer(container, writer);
      muxer.add_copied(source.stream(0), source.stream(0).time_base);
      EXPECT_THROW(
          {
            muxer.write_header(0);
            for (const PacketPtr& packet : test::of_stream(packets, 0)) {
              muxer.write(*packet);
            }
            muxer.finish();
          },
          std::runtime_error)
          << facts(container).name << " " << limit;
    }
  }
}

TEST(AvioOutput, AMuxerDiesInEveryState) {
  const test::Opened source(test::plain_clip());
  for (const Container container : {Container::mp4, Container::fmp4, Container::mkv}) {
    for (int state = 0; state < 4; ++state) {
      io::MemoryStore store;
      const auto writer = store.create("out", {}, {});
      Muxer muxer(container, *writer);
      if (state > 0) {
        muxer.add_copied(source.stream(0), source.stream(0).time_base);
      }
      if (state > 1) {
        muxer.write_header(0);
      }
      if (state > 2) {
        const test::Opened again(test::plain_clip());
        for (const PacketPtr& packet : test::of_stream(again.packets(), 0)) {
          muxer.write(*packet);
        }
      }
    }
  }
}

}  // namespace
}  // namespace s3reel::media
