#include "mp4/box.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::mp4 {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::long_box;
using test::number;
using test::text;

TEST(FourCcText, ShowsLettersAndEscapesTheRest) {
  EXPECT_EQ(to_text(fourcc("moov")), "moov");
  EXPECT_EQ(to_text(0x00A9786DU), "\\x00\\xa9xm");
}

TEST(Numbers, AreBigEndianAndStayInside) {
  const Bytes bytes = number(0x0102030405060708U, 8);
  EXPECT_EQ(read_u32(bytes, 4), 0x05060708U);
  EXPECT_EQ(read_u64(bytes, 0), 0x0102030405060708U);
  EXPECT_EQ(read_u32(bytes, 5), std::nullopt);
  EXPECT_EQ(read_u64(bytes, 1), std::nullopt);
  EXPECT_EQ(read_u32(bytes, SIZE_MAX), std::nullopt);
}

TEST(Numbers, WrittenAreReadBack) {
  Bytes bytes(12);
  write_u64(bytes, 1, 0xFFEEDDCCBBAA9988U);
  EXPECT_EQ(read_u64(bytes, 1), 0xFFEEDDCCBBAA9988U);
  write_u32(bytes, 8, 0x01020304U);
  EXPECT_EQ(read_u32(bytes, 8), 0x01020304U);
  EXPECT_THROW(write_u32(bytes, 9, 0), Error);
  EXPECT_THROW(write_u64(bytes, SIZE_MAX, 0), Error);
}

TEST(Header, ReadsAllFormsOfLength) {
  const auto small = read_header(box("free", Bytes(3)));
  EXPECT_EQ(small.status, HeaderStatus::complete);
  EXPECT_EQ(small.header.header_size, 8U);
  EXPECT_EQ(small.header.size, 11U);

  const auto large = read_header(join({number(1, 4), text("mdat"), number(5'000'000'000U, 8)}));
  EXPECT_EQ(large.status, HeaderStatus::complete);
  EXPECT_EQ(large.header.header_size, 16U);
  EXPECT_EQ(large.header.size, 5'000'000'000U);

  const auto rest = read_header(join({number(0, 4), text("mdat")}));
  EXPECT_EQ(rest.status, HeaderStatus::complete);
  EXPECT_EQ(rest.header.size, std::nullopt);
}

TEST(Header, CountsTheTypeOfAUuid) {
  EXPECT_EQ(read_header(box("uuid", Bytes(16))).header.header_size, 24U);
  EXPECT_EQ(read_header(long_box("uuid", Bytes(16))).header.header_size, 32U);
  EXPECT_EQ(read_header(box("uuid", Bytes(15))).status, HeaderStatus::malformed);
}

TEST(Header, TellsShortFromMalformed) {
  EXPECT_EQ(read_header(Bytes(7)).status, HeaderStatus::short_of_bytes);
  const Bytes cut = join({number(1, 4), text("mdat"), Bytes(7)});
  EXPECT_EQ(read_header(cut).status, HeaderStatus::short_of_bytes);
  EXPECT_EQ(read_header(cut).header.type, fourcc("mdat"));
  EXPECT_EQ(read_header(join({number(7, 4), text("mdat")})).status, HeaderStatus::malformed);
  const Bytes small = join({number(1, 4), text("mdat"), number(15, 8)});
  EXPECT_EQ(read_header(small).status, HeaderStatus::malformed);
}

TEST(BoxWalk, VisitsChildrenInOrder) {
  const Bytes bytes =
      box("moov", join({box("mvhd", Bytes(4)), long_box("trak", Bytes(5)), box("udta", {})}));
  BoxWalk outer(bytes);
  const auto moov = outer.next();
  ASSERT_TRUE(moov);
  EXPECT_EQ(moov->end, bytes.size());
  EXPECT_FALSE(outer.next());
  EXPECT_FALSE(outer.malformed());

  BoxWalk inner(bytes, *moov);
  const auto mvhd = inner.next();
  const auto trak = inner.next();
  const auto udta = inner.next();
  ASSERT_TRUE(mvhd && trak && udta);
  EXPECT_EQ(mvhd->begin, 8U);
  EXPECT_EQ(mvhd->payload, 16U);
  EXPECT_EQ(mvhd->end, 20U);
  EXPECT_EQ(trak->payload, 36U);
  EXPECT_EQ(trak->end, 41U);
  EXPECT_EQ(udta->payload, udta->end);
  EXPECT_FALSE(inner.next());
  EXPECT_FALSE(inner.malformed());
}

TEST(BoxWalk, LengthZeroReachesToTheEndOfTheParent) {
  const Bytes bytes = join({box("moov", join({number(0, 4), text("free"), Bytes(9)})), Bytes(5)});
  BoxWalk outer(bytes);
  const auto moov = outer.next();
  ASSERT_TRUE(moov);
  BoxWalk inner(bytes, *moov);
  const auto free = inner.next();
  ASSERT_TRUE(free);
  EXPECT_EQ(free->end, moov->end);
}

TEST(BoxWalk, AcceptsTheTerminatorOfQuickTimeUserData) {
  const Bytes zeros = join({box("name", Bytes(2)), Bytes(4)});
  BoxWalk walk(zeros);
  EXPECT_TRUE(walk.next());
  EXPECT_FALSE(walk.next());
  EXPECT_FALSE(walk.malformed());

  const Bytes garbage = join({box("name", Bytes(2)), number(1, 4)});
  BoxWalk other(garbage);
  EXPECT_TRUE(other.next());
  EXPECT_FALSE(other.next());
  EXPECT_TRUE(other.malformed());
  EXPECT_EQ(other.position(), 10U);
}

TEST(BoxWalk, NeverLeavesTheParent) {
  const Bytes bytes = join({box("moov", box("trak", Bytes(4))), Bytes(100)});
  const Box moov{.type = fourcc("moov"), .begin = 0, .payload = 8, .end = 20};
  for (std::uint32_t length = 0; length < 200; ++length) {
    Bytes changed = bytes;
    write_u32(changed, 8, length);
    BoxWalk walk(changed, moov);
    const auto child = walk.next();
    const bool fits = length == 0 || (length >= 8 && length <= 12);
    ASSERT_EQ(child.has_value(), fits) << length;
    EXPECT_EQ(walk.malformed(), !fits) << length;
    EXPECT_LE(child.value_or(moov).end, moov.end);
  }
}

TEST(BoxWalk, CutsARangeToTheBytesThereAre) {
  const Bytes bytes = box("moov", box("trak", Bytes(4)));
  BoxWalk walk(bytes, 8, 1'000);
  EXPECT_TRUE(walk.next());
  EXPECT_FALSE(walk.next());
  EXPECT_FALSE(walk.malformed());
  BoxWalk behind(bytes, 500, 1'000);
  EXPECT_FALSE(behind.next());
}

}  // namespace
}  // namespace s3reel::mp4
