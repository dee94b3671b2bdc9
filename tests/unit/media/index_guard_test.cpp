#include "media/index_guard.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/media/index_heads.h"

namespace s3reel::media {
namespace {

using namespace test;
using testing::HasSubstr;

/// A track of PCM: so many chunks of so many samples.
Bytes pcm(std::uint32_t chunks, std::uint32_t samples, const std::string& format = "sowt") {
  const Bytes entry = join({number(36, 4), text(format), Bytes(28)});
  return track_of(
      "soun",
      {box("stsd", join({pair(0, 1), entry})),
       table("stts", {pair(chunks * samples, 1)}),
       table("stsc", {run(1, samples)}),
       sizes(chunks * samples),
       box("stco", pair(0, chunks))});
}

TEST(IndexGuard, CountsTheSamplesOfAllTracks) {
  expect_claim(moov({track({sizes(30)}), track({sizes(12)})}), 42);
  expect_claim(moov({track({box("stz2", join({number(0, 4), number(8, 4), number(9, 4)}))})}), 9);
}

TEST(IndexGuard, SmallFilesMayClaimAMillion) {
  EXPECT_EQ(refusal(moov({track({sizes(1'000'000)})}), kNoLimit), "");
  EXPECT_THAT(refusal(moov({track({sizes(1'001'000)})}), kNoLimit), HasSubstr("claims 1001000"));
}

TEST(IndexGuard, CountsSamplesOncePerEdit) {
  const Bytes edits = box("edts", table("elst", {Bytes(12), Bytes(12), Bytes(12)}));
  expect_claim(moov({track({sizes(20)}, edits)}), 60 + 3);
}

TEST(IndexGuard, WhatIsEmptyBeforeTheFirstEditCountsNothing) {
  const Bytes empty = join({number(500, 4), number(UINT32_MAX, 4), number(0x10000, 4)});
  const Bytes long_empty = join({number(500, 8), number(UINT64_MAX, 8), number(0x10000, 4)});
  expect_claim(moov({track({sizes(20)}, table("elst", {empty, Bytes(12)}))}), 20 + 2);
  expect_claim(moov({track({sizes(20)}, table("elst", {empty, Bytes(12), empty}))}), 40 + 3);
  const Bytes inside = join({number(0x01000000, 4), number(2, 4), long_empty, Bytes(20)});
  expect_claim(moov({track({sizes(20)}, box("elst", inside))}), 20 + 2);
}

TEST(IndexGuard, BelievesTheLengthOfAnEditListNotItsNumber) {
  const Bytes edits = box("elst", join({pair(0, 1), Bytes(48)}));
  expect_claim(moov({track({sizes(20)}, edits)}), 80 + 4);
}

TEST(IndexGuard, AddsUpFragmentsAndTheirTracks) {
  const Bytes two = moov({track({sizes(0)}), track({sizes(0)})});
  expect_claim(join({two, fragment(10), box("mdat", Bytes(50)), fragment(5)}), 15 + 4);
}

TEST(IndexGuard, PcmHasAnEntryFor1024Samples) {
  expect_claim(moov({pcm(10, 24'000)}), 240);
  expect_claim(moov({pcm(10, 1'600, "agsm")}), 100);
}

TEST(IndexGuard, SoundInUnitsIsNotBelievedOfPictures) {
  const Bytes both = track(
      {table("stts", {pair(500, 1)}), sizes(500)}, {}, join({handler("soun"), handler("vide")}));
  expect_claim(moov({both}), 500);
}

TEST(IndexGuard, ChunksOfPcmCountByTheirRuns) {
  const Bytes runs = track_of(
      "soun",
      {table("stts", {pair(9, 1)}),
       table("stsc", {run(1, 1'024), run(3, 2'048)}),
       box("stco", pair(0, 5))});
  expect_claim(moov({runs}), 2 + 3 * 2);
  const Bytes disordered =
      track({table("stsc", {run(3, 1'024), run(1, 2'048)}), box("stco", pair(0, 5))});
  expect_claim(moov({disordered}), 10);
}

TEST(IndexGuard, GroupsOfSyncSamplesCount) {
  const Bytes groups = box("sbgp", join({number(0, 4), text("sync"), number(1, 4), pair(400, 1)}));
  expect_claim(moov({track({groups, table("ctts", {pair(200, 0)})})}), 150);
  expect_claim(moov({track({sizes(3), table("ctts", {pair(200, 0)})})}), 3);
}

Bytes with_id(std::uint32_t id) {
  return box("tkhd", join({Bytes(12), number(id, 4), Bytes(60)}));
}

Bytes refers(std::initializer_list<Bytes> ids) {
  return box("tref", box("chap", join(ids)));
}

TEST(IndexGuard, TitlesOfChaptersWeighMore) {
  const Bytes shown = track({sizes(7)}, join({with_id(1), refers({number(2, 4)})}));
  const Bytes titles = track({sizes(10)}, with_id(2));
  expect_claim(moov({shown, titles}), 17 + 10 * 2'730);
  expect_claim(moov({titles, shown}), 17 + 10 * 2'730);
}

// libavformat keeps one list of references, the last, and reads by it as often as it says.
TEST(IndexGuard, TitlesCountByTheListThatNamesThemMost) {
  const Bytes two = number(2, 4);
  const Bytes picture = track({sizes(7)}, join({with_id(1), refers({two})}));
  const Bytes sound = track({sizes(9)}, join({with_id(3), refers({two})}));
  const Bytes titles = track({sizes(10)}, with_id(2));
  expect_claim(moov({picture, titles, sound}), 26 + 10 * 2'730);
  const Bytes twice = track({sizes(9)}, join({with_id(3), refers({two, two})}));
  expect_claim(moov({picture, twice, titles}), 26 + 2 * 10 * 2'730);
}

TEST(IndexGuard, ChaptersReferToNoMoreTracksThanThereCanBe) {
  Bytes ids;
  for (std::uint32_t id = 0; id < 5'000; ++id) {
    ids = join({ids, number(id, 4)});
  }
  EXPECT_THAT(
      refusal(moov({track({}, box("tref", box("chap", ids)))}), kNoLimit),
      HasSubstr("more than 4096 tracks"));
  Bytes tracks;
  for (int i = 0; i < 5'000; ++i) {
    tracks = join({tracks, track({})});
  }
  EXPECT_THAT(refusal(moov({tracks}), kNoLimit), HasSubstr("more than 4096 tracks"));
}

TEST(IndexGuard, ItemsOfStillPicturesCount) {
  const auto meta = [](const Bytes& inside) {
    return box("meta", join({Bytes(4), handler("pict"), inside}));
  };
  expect_claim(meta(box("iinf", join({number(0, 4), number(9, 2), Bytes(8)}))), 9 * 8);
  expect_claim(meta(box("iinf", join({number(0x01000000, 4), number(900, 4)}))), 900 * 8);
  expect_claim(
      meta(box("iloc", join({number(0, 4), number(0, 2), number(9, 2), Bytes(8)}))), 9 * 8);
  expect_claim(
      meta(box("iloc", join({number(0x02000000, 4), number(0, 2), number(900, 4)}))), 900 * 8);
}

TEST(IndexGuard, CompressedHeadersAreRefused) {
  EXPECT_THAT(
      refusal(box("moov", box("cmov", Bytes(40))), kNoLimit), HasSubstr("compressed (cmov)"));
}

TEST(IndexGuard, OneHandlerOfSoundIsNotEnoughForPcm) {
  const Bytes tables = join({table("stts", {pair(5'000, 1)}), sizes(5'000)});
  expect_claim(
      moov({track_of("soun", {tables, table("stsc", {run(1, 5'000)}), box("stco", pair(0, 1))})}),
      5);
  expect_claim(moov({track({handler("soun"), tables})}), 5'000);
  const Bytes cut = join({number(8, 4), text("hdlr")});  // its kind lies in what follows
  const Bytes behind = box("skip", join({text("soun"), Bytes(12)}));
  expect_claim(moov({track({tables}, {}, join({cut, behind}))}), 5'000);
}

TEST(IndexGuard, AnIndexInsideAnotherBoxIsRefused) {
  const Bytes inside = box("mvhd", Bytes(8));
  for (const std::string type : {"moov", "free", "hoov"}) {
    EXPECT_THAT(
        refusal(moov({track({sizes(1)}, box(type, inside))}), kNoLimit),
        HasSubstr("an index inside another box"))
        << type;
  }
  EXPECT_EQ(refusal(moov({track({sizes(1)}, box("free", Bytes(100)))}), kNoLimit), "");
  EXPECT_EQ(refusal(box("moov", join({box("free", {}), inside})), kNoLimit), "") << "it is empty";
}

TEST(IndexGuard, WhatIsOnlyCountedInOtherTablesCounts) {
  expect_claim(box("udta", box("meta", join({handler("mdta"), box("keys", pair(0, 700))}))), 700);
  expect_claim(moov({track({box("dref", pair(0, 700))})}), 700 * 8);
  expect_claim(box("udta", box("HMMT", number(700, 4))), 700 * 4);
  for (const std::uint32_t version : {0U, 1U, 2U}) {
    const Bytes more(version * 4);
    const Bytes head = join({number(version << 24U, 4), text("sync"), more});
    expect_claim(moov({track({box("sgpd", join({head, number(700, 4)}))})}), 700);
  }
  const Bytes other = box("sgpd", join({number(0, 4), text("roll"), number(700, 4)}));
  expect_claim(moov({track({sizes(1), other})}), 1);
}

TEST(IndexGuard, EditsCountThemselvesAlsoWhereThereAreNoSamples) {
  expect_claim(moov({track({}, box("elst", join({pair(0, 1), Bytes(12 * 500)})))}), 500);
}

// Odd lengths, as libavformat reads them

TEST(IndexGuard, BoxesAreCutToWhatHoldsThem) {
  Bytes cut = join({number(0x7FFFFFFF, 4), text("trak"), track({sizes(8)})});
  cut.erase(cut.begin() + 8, cut.begin() + 16);  // the head of the inner one
  expect_claim(join({box("moov", cut), moov({track({sizes(5)})})}), 13);
}

TEST(IndexGuard, LengthsOfZeroReachTheEnd) {
  const Bytes inner = moov({track({sizes(8)})});
  Bytes open = join({number(0, 4), text("moov")});
  open.insert(open.end(), inner.begin() + 8, inner.end());
  expect_claim(open, 8);
}

TEST(IndexGuard, LengthsOf64Bits) {
  const Bytes stbl = long_box("minf", long_box("stbl", sizes(8)));
  expect_claim(long_box("moov", long_box("trak", long_box("mdia", stbl))), 8);
}

TEST(IndexGuard, NumbersMayLieBehindTheirBox) {
  const Bytes whole = sizes(8);
  Bytes cut = join({number(8, 4), text("stsz")});
  cut.insert(cut.end(), whole.begin() + 8, whole.end());
  expect_claim(moov({track({cut})}), 8);
}

TEST(IndexGuard, NothingBehindALengthThatIsNoneIsParsed) {
  const Bytes wrong = join({number(5, 4), text("free")});
  EXPECT_EQ(refusal(join({wrong, moov({track({sizes(8)})})}), 0), "");
  expect_claim(moov({track({join({sizes(3), wrong, sizes(8)})}), track({sizes(4)})}), 7);
}

TEST(IndexGuard, MetadataMayHideBoxesAnywhere) {
  for (const std::size_t before : {0U, 4U, 8'000U}) {
    const Bytes meta = box("meta", join({Bytes(before), handler("mdir"), fragment(6)}));
    expect_claim(box("udta", meta), 6);  // no tracks yet
  }
}

TEST(IndexGuard, AnOldMoovCounts) {
  Bytes old = moov({track({sizes(8)})});
  std::copy_n(text("free").begin(), 4, old.begin() + 4);
  expect_claim(old, 8);
}

// What libavformat reads, and what it jumps over

TEST(IndexGuard, MediaIsNeitherReadNorCounted) {
  const Bytes media = box("mdat", fragment(99));
  EXPECT_EQ(refusal(join({media, moov({})}), 0), "");
}

TEST(IndexGuard, WaitsForTheReaderAtTheTopLevel) {
  const Bytes media = box("mdat", Bytes(1'000));
  const Bytes file = join({moov({}), media, media, fragment(9)});
  Reader reader(file, 0);
  const std::uint64_t behind = file.size() - fragment(9).size();
  reader.read(0, 200);
  reader.jump(behind - 500);
  reader.read(behind - 500, behind);  // media, by the index
  EXPECT_LT(reader.furthest(), 200 + 64);
}

TEST(IndexGuard, WhatTheReaderJumpsOverInsideABoxIsLookedAt) {
  const Bytes file = moov({track({box("skip", Bytes(100)), sizes(9)})});
  Reader reader(file, 8);
  reader.read(0, 20);
  EXPECT_THROW(reader.jump(file.size()), Error);
}

TEST(IndexGuard, ReadsNothingThatTheReaderHas) {
  const Bytes file = moov({track({sizes(8)}), track({description({entry("avc1", Bytes(90))})})});
  Reader reader(file);
  reader.read(0, file.size());
  EXPECT_EQ(reader.furthest(), 0U);
}

TEST(IndexGuard, ReadsTheHeadOfABoxThatIsCutOffAndNoMedia) {
  const Bytes moov_box = moov({track({sizes(8)})});
  const Bytes file = join({moov_box, box("mdat", Bytes(100'000))});
  Reader reader(file);
  reader.read(0, moov_box.size() - 1);
  EXPECT_LE(reader.furthest(), moov_box.size() + 64);
}

TEST(IndexGuard, FilesMayEndAnywhere) {
  const Bytes file = moov({track({description({entry("avc1", Bytes(90))}), sizes(8)})});
  for (std::size_t length = 0; length <= file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(refusal(cut, 8), "") << length;
  }
}

}  // namespace
}  // namespace s3reel::media
