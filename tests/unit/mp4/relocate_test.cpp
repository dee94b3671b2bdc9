#include "mp4/relocate.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::mp4 {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::moov_box;
using test::MoovReader;
using test::number;
using test::TrackOffsets;
using test::TrackSpec;

constexpr std::uint64_t kLargest32 = 0xFFFFFFFF;

void expect_shifted(
    const TrackOffsets& track, const std::vector<std::uint64_t>& chunks, std::uint64_t shift) {
  ASSERT_EQ(track.chunks.size(), chunks.size());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    EXPECT_EQ(track.chunks[i], chunks[i] + shift) << "entry " << i;
  }
}

std::string reason_for(const Bytes& moov, std::uint64_t extra = 0) {
  try {
    static_cast<void>(relocate_moov(moov, extra));
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::internal);
    return error.info().reason;
  }
  return "no error";
}

TEST(Relocate, ShiftsEveryOffsetByTheSizeOfTheMoov) {
  const std::vector<std::uint64_t> video{48, 5'000, 90'000};
  const std::vector<std::uint64_t> audio{3'000, 4'000'000'000U};
  const Bytes moov = moov_box({{.chunks = video}, {.chunks = audio}});
  const Bytes moved = relocate_moov(moov);
  EXPECT_EQ(moved.size(), moov.size());
  const auto tracks = MoovReader::read(moved);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_FALSE(tracks[0].wide);
  expect_shifted(tracks[0], video, moved.size());
  expect_shifted(tracks[1], audio, moved.size());
}

TEST(Relocate, ChangesNothingButOffsets) {
  const Bytes behind = box("udta", join({box("name", number(9, 8)), Bytes(4)}));
  const Bytes moov = moov_box({{.chunks = {100}}}, behind);
  EXPECT_EQ(relocate_moov(moov), moov_box({{.chunks = {100 + moov.size()}}}, behind));
}

TEST(Relocate, WorksInPlaceWhenNothingIsPromoted) {
  Bytes moov = moov_box({{.chunks = {100, 200, 300}}});
  const std::byte* before = moov.data();
  const Bytes moved = relocate_moov(std::move(moov));
  EXPECT_EQ(moved.data(), before);
}

TEST(Relocate, AddsThePaddingThatFollows) {
  const Bytes moov = moov_box({{.chunks = {100}}});
  const auto tracks = MoovReader::read(relocate_moov(moov, 1'000));
  expect_shifted(tracks[0], {100}, moov.size() + 1'000);
}

TEST(Relocate, ShiftsTablesThatAreWideAlready) {
  const std::vector<std::uint64_t> chunks{48, 6'000'000'000U};
  const Bytes moov = moov_box({{.chunks = chunks, .wide = true}});
  const Bytes moved = relocate_moov(moov);
  const auto tracks = MoovReader::read(moved);
  EXPECT_TRUE(tracks[0].wide);
  expect_shifted(tracks[0], chunks, moov.size());
}

TEST(Relocate, PromotesOneTrackThatCrosses4GiB) {
  const std::vector<std::uint64_t> video{48, kLargest32 - 10};
  const std::vector<std::uint64_t> audio{90, 2'000};
  const Bytes moov = moov_box({{.chunks = video}, {.chunks = audio}});
  const Bytes moved = relocate_moov(moov);
  EXPECT_EQ(moved.size(), moov.size() + 8);
  const auto tracks = MoovReader::read(moved);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_TRUE(tracks[0].wide);
  EXPECT_FALSE(tracks[1].wide);
  expect_shifted(tracks[0], video, moved.size());
  expect_shifted(tracks[1], audio, moved.size());
}

TEST(Relocate, PromotesATrackBehindOneThatStays) {
  const std::vector<std::uint64_t> audio{90, 2'000};
  const std::vector<std::uint64_t> video{48, kLargest32 - 10};
  const Bytes moved = relocate_moov(moov_box({{.chunks = audio}, {.chunks = video}}));
  const auto tracks = MoovReader::read(moved);
  ASSERT_EQ(tracks.size(), 2U);
  EXPECT_FALSE(tracks[0].wide);
  EXPECT_TRUE(tracks[1].wide);
  expect_shifted(tracks[0], audio, moved.size());
  expect_shifted(tracks[1], video, moved.size());
}

TEST(Relocate, PromotesBothTracksAndKeepsWhatStandsBehind) {
  const std::vector<std::uint64_t> video{48, 100, kLargest32 - 10};
  const std::vector<std::uint64_t> audio{90, kLargest32 - 5};
  const Bytes behind = box("udta", box("name", number(9, 8)));
  const Bytes moov = moov_box({{.chunks = video}, {.chunks = audio}}, behind);
  const Bytes moved = relocate_moov(moov);
  ASSERT_EQ(moved.size(), moov.size() + 20);
  const auto tracks = MoovReader::read(moved);
  expect_shifted(tracks.at(0), video, moved.size());
  expect_shifted(tracks.at(1), audio, moved.size());
  EXPECT_TRUE(tracks[0].wide && tracks[1].wide);
  EXPECT_EQ(Bytes(moved.end() - static_cast<std::ptrdiff_t>(behind.size()), moved.end()), behind);
}

// The whole moov as it must come out, built anew.
TEST(Relocate, PromotedEqualsAMoovWrittenWide) {
  const Bytes moov =
      moov_box({{.chunks = {48, kLargest32 - 4}}, {.chunks = {9}}, {.chunks = {kLargest32 - 9}}});
  const std::uint64_t size = moov.size() + 12;
  const Bytes expected = moov_box(
      {{.chunks = {48 + size, kLargest32 - 4 + size}, .wide = true},
       {.chunks = {9 + size}},
       {.chunks = {kLargest32 - 9 + size}, .wide = true}});
  EXPECT_EQ(relocate_moov(moov), expected);
}

// The promotion of one track makes the moov larger by 8 bytes, and only these push the other one
// over; with one byte less to go it stays.
TEST(Relocate, PromotionOfOneTrackMayPushAnotherOver) {
  const std::uint64_t size = moov_box({{.chunks = {1, 2}}, {.chunks = {3}}}).size();
  const TrackSpec large{.chunks = {48, kLargest32 - size + 1}};
  const TrackSpec pushed{.chunks = {kLargest32 - size - 7}};
  const TrackSpec spared{.chunks = {kLargest32 - size - 8}};
  EXPECT_EQ(relocate_moov(moov_box({large, pushed})).size(), size + 12);
  EXPECT_EQ(relocate_moov(moov_box({pushed, large})).size(), size + 12);
  EXPECT_EQ(relocate_moov(moov_box({large, spared})).size(), size + 8);
  EXPECT_EQ(relocate_moov(moov_box({spared, large})).size(), size + 8);

  const auto both = MoovReader::read(relocate_moov(moov_box({pushed, large})));
  EXPECT_TRUE(both.at(0).wide && both.at(1).wide);
  expect_shifted(both.at(0), pushed.chunks, size + 12);
  expect_shifted(both.at(1), large.chunks, size + 12);
  const auto one = MoovReader::read(relocate_moov(moov_box({spared, large})));
  EXPECT_TRUE(!one.at(0).wide && one.at(1).wide);
  expect_shifted(one.at(0), spared.chunks, size + 8);
  EXPECT_EQ(one.at(0).chunks.at(0), kLargest32);
}

TEST(Relocate, DecidesAtExactlyThe32BitLimit) {
  const std::uint64_t size = moov_box({{.chunks = {1}}}).size();
  const Bytes fits = relocate_moov(moov_box({{.chunks = {kLargest32 - size}}}));
  EXPECT_FALSE(MoovReader::read(fits).at(0).wide);
  EXPECT_EQ(MoovReader::read(fits).at(0).chunks.at(0), kLargest32);
  const Bytes crosses = relocate_moov(moov_box({{.chunks = {kLargest32 - size + 1}}}));
  EXPECT_TRUE(MoovReader::read(crosses).at(0).wide);
  const Bytes padded = relocate_moov(moov_box({{.chunks = {kLargest32 - size}}}), 1);
  EXPECT_TRUE(MoovReader::read(padded).at(0).wide);
}

// libavformat looks at the last packet, not at the chunk it lies in.
TEST(Relocate, TheLastSampleOfTheLastChunkDecides) {
  const TrackSpec shape{.chunks = {1, 2}, .samples_in_chunk = 3, .sizes = {9, 9, 9, 100, 50, 7}};
  const std::uint64_t size = moov_box({shape}).size();
  for (const std::uint64_t beyond : {0ULL, 1ULL}) {
    TrackSpec track = shape;
    track.chunks = {48, kLargest32 - size - 150 + beyond};
    EXPECT_EQ(MoovReader::read(relocate_moov(moov_box({track}))).at(0).wide, beyond == 1);
  }
}

TEST(Relocate, TheLastSampleOfEqualSizesDecides) {
  const TrackSpec shape{.chunks = {1}, .samples_in_chunk = 4};
  const std::uint64_t size = moov_box({shape}).size();
  for (const std::uint64_t beyond : {0ULL, 1ULL}) {
    TrackSpec track = shape;
    track.chunks = {kLargest32 - size - 30 + beyond};
    EXPECT_EQ(MoovReader::read(relocate_moov(moov_box({track}))).at(0).wide, beyond == 1);
  }
}

TEST(Relocate, EnlargesBoxesWithLongLengths) {
  const TrackSpec track{.chunks = {kLargest32 - 3}};
  const Bytes mdia = test::long_box("mdia", test::long_box("minf", test::sample_table(track)));
  const Bytes moov = test::long_box("moov", test::long_box("trak", mdia));
  const Bytes moved = relocate_moov(moov);
  EXPECT_EQ(moved.size(), moov.size() + 4);
  const auto tracks = MoovReader::read(moved);
  ASSERT_EQ(tracks.size(), 1U);
  expect_shifted(tracks[0], track.chunks, moved.size());
}

TEST(Relocate, AcceptsTracksWithoutSamplesAndMoovsWithoutTracks) {
  EXPECT_EQ(relocate_moov(moov_box({{.chunks = {}}})), moov_box({{.chunks = {}}}));
  EXPECT_EQ(relocate_moov(moov_box({})), moov_box({}));
}

TEST(Relocate, RefusesWhatItWouldBreak) {
  const TrackSpec track{.chunks = {48}};
  EXPECT_NE(reason_for(moov_box({track}, box("mvex", {}))).find("mvex"), std::string::npos);
  EXPECT_NE(reason_for(box("moov", box("cmov", {}))).find("cmov"), std::string::npos);
  const Bytes handler = box("hdlr", Bytes(4));
  const Bytes items = join({handler, box("iloc", Bytes(8))});
  const Bytes full = box("meta", join({number(0, 4), items}));
  const Bytes plain = box("meta", items);
  EXPECT_NE(reason_for(moov_box({track}, full)).find("iloc"), std::string::npos);
  EXPECT_NE(reason_for(moov_box({track}, plain)).find("iloc"), std::string::npos);
  EXPECT_NE(reason_for(moov_box({track}, box("udta", full))).find("iloc"), std::string::npos);
  const Bytes harmless = box("meta", join({number(0, 4), handler, box("ilst", Bytes(0))}));
  EXPECT_EQ(reason_for(moov_box({track}, harmless)), "no error");
  const Bytes table = test::sample_table(track);
  const Bytes encrypted =
      box("stbl", join({Bytes(table.begin() + 8, table.end()), box("saio", {})}));
  const Bytes moov = box("moov", box("trak", box("mdia", box("minf", encrypted))));
  EXPECT_NE(reason_for(moov).find("saio"), std::string::npos);
}

TEST(Relocate, RefusesWhatIsNotExactlyOneMoov) {
  const Bytes moov = moov_box({{.chunks = {48}}});
  EXPECT_NE(reason_for({}), "no error");
  EXPECT_NE(reason_for(box("free", Bytes(8))), "no error");
  EXPECT_NE(reason_for(join({moov, box("free", {})})), "no error");
}

TEST(Relocate, RefusesOffsetsThatLeave64Bits) {
  EXPECT_NE(reason_for(moov_box({{.chunks = {UINT64_MAX - 4}, .wide = true}})), "no error");
  EXPECT_NE(reason_for(moov_box({{.chunks = {48}}}), UINT64_MAX - 4), "no error");
}

TEST(Relocate, EveryTruncationIsAnError) {
  const Bytes moov = moov_box(
      {{.chunks = {48, 900}, .samples_in_chunk = 2, .sizes = {1, 2, 3, 4}},
       {.chunks = {5, 6}, .wide = true}});
  for (std::size_t length = 0; length < moov.size(); ++length) {
    const Bytes cut(moov.begin(), moov.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(reason_for(cut), "no error") << "cut to " << length;
    // The same with an outer length that admits to it.
    if (length >= 8) {
      Bytes fitted = cut;
      const Bytes size = number(length, 4);
      std::copy(size.begin(), size.end(), fitted.begin());
      static_cast<void>(reason_for(fitted));
    }
  }
}

// Whatever four bytes are changed, the result is an error or a moov: the sanitizers watch the rest.
TEST(Relocate, SurvivesEveryChangedNumber) {
  const Bytes moov = moov_box(
      {{.chunks = {48, 900}, .samples_in_chunk = 2, .sizes = {1, 2, 3, 4}},
       {.chunks = {5, kLargest32 - 40}},
       {.chunks = {5, 6}, .wide = true}},
      box("udta", box("meta", join({number(0, 4), box("hdlr", Bytes(4))}))));
  const std::vector<std::uint64_t> values{
      0, 1, 2, 7, 8, 9, 16, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, kLargest32};
  std::size_t errors = 0;
  for (std::size_t at = 0; at + 4 <= moov.size(); ++at) {
    for (const std::uint64_t value : values) {
      Bytes changed = moov;
      const Bytes bytes = number(value, 4);
      std::copy(bytes.begin(), bytes.end(), changed.begin() + static_cast<std::ptrdiff_t>(at));
      errors += reason_for(changed) == "no error" ? 0 : 1;
    }
  }
  EXPECT_GT(errors, 500U);
}

TEST(EndOfFtyp, IsTheEndOfTheFirstBox) {
  const Bytes ftyp = box("ftyp", Bytes(24));
  EXPECT_EQ(end_of_ftyp(join({ftyp, box("free", {})})), 32U);
  EXPECT_EQ(end_of_ftyp(ftyp), 32U);
}

TEST(EndOfFtyp, RefusesAnyOtherBeginning) {
  EXPECT_THROW(end_of_ftyp(Bytes{}), Error);
  EXPECT_THROW(end_of_ftyp(box("moov", Bytes(24))), Error);
  const Bytes ftyp = box("ftyp", Bytes(24));
  EXPECT_THROW(end_of_ftyp(std::span(ftyp).first(31)), Error);
  EXPECT_THROW(end_of_ftyp(join({number(0, 4), test::text("ftyp"), Bytes(24)})), Error);
}

}  // namespace
}  // namespace s3reel::mp4
