// A result of more than 4 GiB, of which only the head and a few bytes of each write are kept.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"
#include "io/head_buffer.h"
#include "media/muxer.h"
#include "unit/media/clips.h"
#include "unit/media/packets.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::media {
namespace {

using test::Content;
using test::MoovReader;

constexpr int kPacketBytes = static_cast<int>(16 * base::kMiB);
constexpr int kPackets = 300;

// Packets begin with this and are zeros behind it.
constexpr std::array<std::uint8_t, 4> kMark{0xC5, 0x3A, 0x5C, 0xA3};

/// Keeps the head, counts the rest, and remembers where each packet's mark came to lie.
class SparseWriter final : public io::ObjectWriter {
 public:
  [[nodiscard]] std::size_t retained_bytes() const override { return head_.capacity(); }

  void append(std::span<const std::byte> data) override {
    find_marks(data);
    head_.append(data);
    size_ += data.size();
  }

  void patch(std::uint64_t offset, std::span<const std::byte> data) override {
    head_.patch(offset, data);
  }

  void insert(std::uint64_t offset, std::vector<std::byte> data) override {
    insert_offset_ = offset;
    inserted_ = data;
    head_.insert(offset, std::move(data));
  }

  [[nodiscard]] io::HeadPreview preview() const override {
    return {head_.copy(), size_ + inserted_.size()};
  }

  io::PublishedObject publish() override { return {}; }

  void discard() noexcept override {}

  [[nodiscard]] const std::vector<std::uint64_t>& marks() const { return marks_; }

  [[nodiscard]] const std::vector<std::byte>& inserted() const { return inserted_; }

  [[nodiscard]] std::uint64_t insert_offset() const { return insert_offset_; }

  [[nodiscard]] std::uint64_t appended() const { return size_; }

 private:
  void find_marks(std::span<const std::byte> data) {
    const auto mark = std::as_bytes(std::span(kMark));
    std::size_t at = 0;
    while (true) {
      const auto rest = data.subspan(at);
      const void* found = memmem(rest.data(), rest.size(), mark.data(), mark.size());
      if (found == nullptr) {
        return;
      }
      at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - data.data());
      marks_.push_back(size_ + at);
      at += mark.size();
    }
  }

  io::HeadBuffer head_;
  std::uint64_t size_ = 0;
  std::uint64_t insert_offset_ = 0;
  std::vector<std::byte> inserted_;
  std::vector<std::uint64_t> marks_;
};

PacketPtr packet_on(AVBufferRef& buffer, std::int64_t index) {
  PacketPtr packet = make_packet();
  packet->buf = av_buffer_ref(&buffer);
  packet->data = buffer.data;
  packet->size = kPacketBytes;
  packet->pts = packet->dts = index;
  packet->duration = 1;
  packet->flags = AV_PKT_FLAG_KEY;
  packet->time_base = {1, 25};
  return packet;
}

/// Writes the packets as MPEG-4 video, whose data the muxer does not look into.
void write_film(SparseWriter& writer) {
  const BufferPtr buffer(av_buffer_allocz(kPacketBytes + AV_INPUT_BUFFER_PADDING_SIZE));
  ASSERT_TRUE(buffer);
  std::copy(kMark.begin(), kMark.end(), buffer->data);
  const OutputPtr holder(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(holder.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  stream->codecpar->codec_id = AV_CODEC_ID_MPEG4;
  stream->codecpar->width = 64;
  stream->codecpar->height = 48;
  Muxer muxer(Container::mp4, writer);
  muxer.add_copied(*stream, {1, 25});
  muxer.write_header(0);
  for (std::int64_t i = 0; i < kPackets; ++i) {
    muxer.write(*packet_on(*buffer, i));
  }
  muxer.finish();
}

/// Written once: it takes a while under sanitizers.
const SparseWriter& film() {
  static const auto written = [] {
    auto writer = std::make_unique<SparseWriter>();
    write_film(*writer);
    return writer;
  }();
  return *written;
}

TEST(LargeFile, BeyondFourGibibytesTheIndexPointsAtEverySample) {
  const SparseWriter& writer = film();
  ASSERT_EQ(writer.marks().size(), static_cast<std::size_t>(kPackets));
  ASSERT_GT(writer.appended(), 4 * base::kGiB);

  const auto tracks = MoovReader::read(writer.inserted());
  ASSERT_EQ(tracks.size(), 1U);
  EXPECT_TRUE(tracks[0].wide) << "offsets need 64 bits";
  ASSERT_EQ(tracks[0].chunks.size(), writer.marks().size());
  for (std::size_t i = 0; i < writer.marks().size(); ++i) {
    ASSERT_EQ(tracks[0].chunks[i], writer.marks()[i] + writer.inserted().size()) << "sample " << i;
  }
}

TEST(LargeFile, TheMediaBoxSaysItsLengthInSixtyFourBits) {
  const SparseWriter& writer = film();
  const Content head = writer.preview().head;
  const std::uint64_t ftyp = MoovReader::number_at(head, 0, 4);
  EXPECT_EQ(writer.insert_offset(), ftyp);
  const auto mdat = static_cast<std::size_t>(ftyp + writer.inserted().size());
  EXPECT_EQ(MoovReader::number_at(head, mdat, 4), 1U);
  EXPECT_EQ(MoovReader::number_at(head, mdat + 4, 4), 0x6D646174U) << "mdat";
  EXPECT_EQ(MoovReader::number_at(head, mdat + 8, 8), writer.appended() - ftyp);
  EXPECT_EQ(writer.preview().size, writer.appended() + writer.inserted().size());
}

}  // namespace
}  // namespace s3reel::media
