#include "mp4/layout.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::mp4 {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::number;
using test::text;

/// A file that is mostly nothing: bytes at some places, zeros elsewhere; counts what is read.
class SparseFile {
 public:
  explicit SparseFile(Bytes bytes) : SparseFile(std::vector<Piece>{{0, std::move(bytes)}}) {}

  using Piece = std::pair<std::uint64_t, Bytes>;

  explicit SparseFile(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {
    size_ = pieces_.back().first + pieces_.back().second.size();
  }

  [[nodiscard]] Layout walk(std::size_t max_boxes = kMaxTopLevelBoxes) {
    return walk_top_level(
        [this](std::uint64_t offset, std::span<std::byte> out) { return read(offset, out); },
        size_,
        max_boxes);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }

  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  /// At most 5 bytes at a time, so that short reads are common.
  std::size_t read(std::uint64_t offset, std::span<std::byte> out) {
    EXPECT_LE(offset + out.size(), size_) << "read behind the end";
    out = out.first(std::min<std::size_t>(out.size(), 5));
    for (std::byte& byte : out) {
      byte = at(offset++);
    }
    bytes_read_ += out.size();
    return out.size();
  }

  [[nodiscard]] std::byte at(std::uint64_t offset) const {
    for (const auto& [begin, bytes] : pieces_) {
      if (offset >= begin && offset - begin < bytes.size()) {
        return bytes[static_cast<std::size_t>(offset - begin)];
      }
    }
    return std::byte{0};
  }

  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
  std::uint64_t bytes_read_ = 0;
};

TEST(Layout, ListsEveryBoxToTheEnd) {
  SparseFile file(
      join({box("ftyp", Bytes(16)), box("free", {}), box("mdat", Bytes(99)), box("moov", {})}));
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::object_end);
  ASSERT_EQ(layout.boxes.size(), 4U);
  EXPECT_EQ(layout.boxes[2].type, fourcc("mdat"));
  EXPECT_EQ(layout.boxes[2].begin, 32U);
  EXPECT_EQ(layout.boxes[2].end, 139U);
  EXPECT_EQ(layout.boxes[3].end, file.size());
  EXPECT_TRUE(layout.has(fourcc("moov")));
  EXPECT_FALSE(layout.has(fourcc("moof")));
}

TEST(Layout, ReadsHeadersOnlyInLargeFiles) {
  const std::uint64_t media = 700'000'000'000U;
  SparseFile file(std::vector<SparseFile::Piece>{
      {0, join({box("ftyp", Bytes(16)), number(1, 4), text("mdat"), number(media, 8)})},
      {24 + media, box("moov", Bytes(4))}});
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::object_end);
  ASSERT_EQ(layout.boxes.size(), 3U);
  EXPECT_EQ(layout.boxes[2].begin, 24 + media);
  EXPECT_LE(file.bytes_read(), 3 * kHeaderBytes);
}

TEST(Layout, LengthZeroReachesToTheEndOfTheObject) {
  SparseFile file(join({box("ftyp", Bytes(16)), number(0, 4), text("mdat"), Bytes(50)}));
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::object_end);
  EXPECT_EQ(layout.boxes.at(1).end, file.size());
}

TEST(Layout, TellsABoxThatEndsBehindTheObject) {
  const Bytes whole = join({box("ftyp", Bytes(16)), box("mdat", Bytes(100))});
  for (std::size_t length = 32; length < whole.size(); ++length) {
    SparseFile file(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    const Layout layout = file.walk();
    EXPECT_EQ(layout.end, WalkEnd::beyond_object) << length;
    EXPECT_EQ(layout.boxes.at(1).end, whole.size());
  }
}

TEST(Layout, ALongLengthThatIsCutEndsBehindTheObjectToo) {
  SparseFile file(join({box("ftyp", Bytes(16)), number(1, 4), text("mdat"), Bytes(3)}));
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::beyond_object);
  EXPECT_GT(layout.boxes.at(1).end, file.size());
}

TEST(Layout, LengthsNearTheEndOf64BitsDoNotWrap) {
  SparseFile file(
      join({box("ftyp", Bytes(16)), number(1, 4), text("mdat"), number(UINT64_MAX, 8)}));
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::beyond_object);
  EXPECT_EQ(layout.boxes.at(1).end, UINT64_MAX);
}

TEST(Layout, StopsAtTheSecondFragment) {
  Bytes film = join({box("ftyp", Bytes(16)), box("moov", Bytes(100))});
  for (int i = 0; i < 1'000; ++i) {
    film = join({film, box("moof", Bytes(20)), box("mdat", Bytes(30))});
  }
  SparseFile file(film);
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::second_fragment);
  EXPECT_EQ(layout.boxes.size(), 5U);
  EXPECT_LE(file.bytes_read(), 5 * kHeaderBytes);
}

TEST(Layout, StopsAtTheLimit) {
  Bytes boxes;
  for (int i = 0; i < 100; ++i) {
    boxes = join({boxes, box("free", {})});
  }
  SparseFile file(boxes);
  const Layout layout = file.walk();
  EXPECT_EQ(layout.end, WalkEnd::box_limit);
  EXPECT_EQ(layout.boxes.size(), kMaxTopLevelBoxes);
  EXPECT_EQ(file.walk(100).end, WalkEnd::object_end);
}

TEST(Layout, PaddingAndGarbageAreNoBoxes) {
  const Bytes film = join({box("ftyp", Bytes(16)), box("moov", Bytes(4))});
  for (const Bytes& behind :
       {Bytes(3), Bytes(40), join({number(5, 4), text("junk")}), number(9, 7)}) {
    SparseFile file(join({film, behind}));
    const Layout layout = file.walk();
    EXPECT_EQ(layout.end, WalkEnd::no_box);
    EXPECT_EQ(layout.boxes.size(), 2U);
  }
}

TEST(Layout, AReadThatEndsEarlyIsAnError) {
  const auto nothing = [](std::uint64_t, std::span<std::byte>) {
    return std::size_t{0};
  };
  EXPECT_THROW(walk_top_level(nothing, 100), Error);
}

TEST(BeginsLikeIsoMedia, GoesByTheFirstBox) {
  EXPECT_TRUE(begins_like_iso_media(box("ftyp", Bytes(8))));
  EXPECT_TRUE(begins_like_iso_media(join({number(0, 4), text("mdat")})));
  EXPECT_TRUE(begins_like_iso_media(join({number(1, 4), text("mdat"), number(99, 8)})));
  EXPECT_FALSE(begins_like_iso_media(join({number(4, 4), text("ftyp")})));
  EXPECT_FALSE(begins_like_iso_media(text("RIFF....AVI ....")));
  EXPECT_FALSE(begins_like_iso_media({}));
}

}  // namespace
}  // namespace s3reel::mp4
