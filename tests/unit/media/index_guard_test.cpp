#include "media/index_guard.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/memory_store.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::media {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::long_box;
using test::number;
using test::text;
using testing::HasSubstr;

constexpr std::uint64_t kNoLimit = UINT64_MAX;

/// Reads as libavformat would, and counts what the guard asks for by itself.
class Reader {
 public:
  explicit Reader(const Bytes& file, std::uint64_t most = kNoLimit)
      : file_(file), source_(file), guard_(source_, most) {}

  void read(std::uint64_t offset, std::uint64_t end) {
    const auto all = std::span<const std::byte>(file_);
    guard_.pass(offset, all.subspan(offset, end - offset));
  }

  void read_all(std::uint64_t piece) {
    for (std::uint64_t at = 0; at < file_.size(); at += piece) {
      read(at, std::min<std::uint64_t>(at + piece, file_.size()));
    }
  }

  void jump(std::uint64_t offset) { guard_.jump(offset); }

  [[nodiscard]] std::uint64_t furthest() const { return source_.furthest; }

 private:
  class Source final : public io::ByteSource {
   public:
    explicit Source(const Bytes& file) : memory_("memory", std::make_shared<Bytes>(file)) {}

    [[nodiscard]] const io::SourceIdentity& identity() const override { return memory_.identity(); }

    std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
      const std::size_t got = memory_.read_at(offset, out);
      furthest = std::max(furthest, offset + got);
      return got;
    }

    std::uint64_t furthest = 0;

   private:
    io::MemorySource memory_;
  };

  Bytes file_;
  Source source_;
  IndexGuard guard_;
};

std::string refusal(const Bytes& file, std::uint64_t most, std::uint64_t piece = 64'000) {
  try {
    Reader(file, most).read_all(piece);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
    return error.info().reason;
  }
}

/// That file claims so many entries: with one less for a limit it is refused, in whatever pieces it
/// is read.
void expect_claim(const Bytes& file, std::uint64_t entries) {
  for (const std::uint64_t piece : {1U, 7U, 64'000U}) {
    EXPECT_EQ(refusal(file, entries, piece), "") << piece;
    EXPECT_THAT(
        refusal(file, entries - 1, piece),
        HasSubstr(std::to_string(entries - 1) + " are the limit"))
        << piece;
  }
}

Bytes sizes(std::uint32_t count) {
  return box("stsz", join({number(0, 4), number(1, 4), number(count, 4)}));
}

Bytes table(const std::string& type, std::initializer_list<Bytes> entries) {
  return box(type, join({number(0, 4), number(entries.size(), 4), join(entries)}));
}

Bytes pair(std::uint32_t a, std::uint32_t b) {
  return join({number(a, 4), number(b, 4)});
}

Bytes run(std::uint32_t first_chunk, std::uint32_t samples) {
  return join({pair(first_chunk, samples), number(1, 4)});
}

Bytes handler(const std::string& kind) {
  return box("hdlr", join({Bytes(8), text(kind), Bytes(12)}));
}

Bytes track(std::initializer_list<Bytes> tables, const Bytes& before = {}) {
  const Bytes inner = box("minf", box("stbl", join(tables)));
  return box("trak", join({before, box("mdia", inner)}));
}

Bytes moov(std::initializer_list<Bytes> inside) {
  return box("moov", join({box("mvhd", Bytes(100)), join(inside)}));
}

Bytes fragment(std::uint32_t samples) {
  const Bytes run = box("trun", pair(0, samples));
  return box("moof", box("traf", join({box("tfhd", Bytes(8)), run})));
}

/// A track of PCM: so many chunks of so many samples.
Bytes pcm(std::uint32_t chunks, std::uint32_t samples, const std::string& format = "sowt") {
  const Bytes entry = join({number(36, 4), text(format), Bytes(28)});
  return track(
      {handler("soun"),
       box("stsd", join({pair(0, 1), entry})),
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
  expect_claim(moov({track({sizes(20)}, edits)}), 60);
}

TEST(IndexGuard, WhatIsEmptyBeforeTheFirstEditCountsNothing) {
  const Bytes empty = join({number(500, 4), number(UINT32_MAX, 4), number(0x10000, 4)});
  const Bytes long_empty = join({number(500, 8), number(UINT64_MAX, 8), number(0x10000, 4)});
  expect_claim(moov({track({sizes(20)}, table("elst", {empty, Bytes(12)}))}), 20);
  expect_claim(moov({track({sizes(20)}, table("elst", {empty, Bytes(12), empty}))}), 40);
  const Bytes inside = join({number(0x01000000, 4), number(2, 4), long_empty, Bytes(20)});
  expect_claim(moov({track({sizes(20)}, box("elst", inside))}), 20);
}

TEST(IndexGuard, BelievesTheLengthOfAnEditListNotItsNumber) {
  const Bytes edits = box("elst", join({pair(0, 1), Bytes(48)}));
  expect_claim(moov({track({sizes(20)}, edits)}), 80);
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
  const Bytes both =
      track({handler("soun"), handler("vide"), table("stts", {pair(500, 1)}), sizes(500)});
  expect_claim(moov({both}), 500);
}

TEST(IndexGuard, ChunksOfPcmCountByTheirRuns) {
  const Bytes runs = track(
      {handler("soun"),
       table("stts", {pair(9, 1)}),
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

Bytes description(std::initializer_list<Bytes> entries) {
  return table("stsd", entries);
}

/// A sample entry: 8 bytes of it are given.
Bytes entry(const std::string& format, const Bytes& rest) {
  return box(format, join({Bytes(8), rest}));
}

std::string refusal_of_track(const std::string& kind, const Bytes& stsd) {
  return refusal(join({moov({track({handler(kind), stsd})}), box("mdat", {})}), kNoLimit);
}

TEST(IndexGuard, TablesInASampleDescriptionAreRefused) {
  const Bytes hidden = description({entry("avc1", join({Bytes(71), sizes(1)}))});
  EXPECT_THAT(refusal_of_track("vide", hidden), HasSubstr("holds 'stsz'"));
  EXPECT_THAT(refusal_of_track("tmcd", hidden), HasSubstr("holds 'stsz'"));
}

TEST(IndexGuard, EveryTableThatClaimsIsLookedForInADescription) {
  for (const std::string table :
       {"stsz", "stz2", "stsc", "stts", "ctts", "stco", "co64", "elst", "trun", "senc",
        "saiz", "sbgp", "sidx", "chap", "tkhd", "hdlr", "trak", "moof", "moov", "cmov"}) {
    const Bytes hidden = description({entry("avc1", join({Bytes(70), box(table, Bytes(8))}))});
    EXPECT_THAT(refusal_of_track("vide", hidden), HasSubstr("holds '" + table + "'"));
  }
}

TEST(IndexGuard, TextOfTimecodeAndMetadataMayBeAnything) {
  const Bytes reel = description({entry("tmcd", join({Bytes(30), text("chapter1"), Bytes(7)}))});
  EXPECT_EQ(refusal_of_track("tmcd", reel), "");
  const Bytes keys = entry("mebx", join({Bytes(12), text("the presence of trak")}));
  EXPECT_EQ(refusal_of_track("meta", description({keys, keys})), "");
}

TEST(IndexGuard, OnlyTracksOfDataAreSkipped) {
  const Bytes reel = entry("tmcd", join({Bytes(70), text("chapter1"), Bytes(60)}));
  for (const std::string kind : {"vide", "soun", "subp", "clcp"}) {
    EXPECT_THAT(refusal_of_track(kind, description({reel})), HasSubstr("holds 'chap'")) << kind;
  }
  // libavformat takes a track for pictures once one of its formats is.
  const Bytes picture = entry("avc1", Bytes(100));
  const Bytes mixed = description({picture, reel});
  EXPECT_THAT(refusal_of_track("tmcd", mixed), HasSubstr("holds 'chap'"));
  EXPECT_THAT(  // a description of the track before, whose handler was another
      refusal(moov({track({handler("vide")}), description({reel})}), kNoLimit),
      HasSubstr("holds 'chap'"));
}

TEST(IndexGuard, NamesOfEncodersAreNoTables) {
  const auto named = [](const std::string& kind) {
    const Bytes name = join(
        {Bytes(42 - 8),
         text("\x0E"
              "moov and trak "),
         Bytes(17 + 4)});
    return refusal_of_track(kind, description({entry("avc1", name)}));
  };
  EXPECT_EQ(named("vide"), "");
  EXPECT_THAT(named("tmcd"), HasSubstr("holds 'moov'"));
}

TEST(IndexGuard, SampleEntriesLieInsideTheirBox) {
  const std::string cut = "entry 1 of 1 in its sample description is cut off";
  const std::string too_short = "its sample description is too short for 1 entries";
  Bytes longer = description({entry("avc1", Bytes(80))});
  longer[8 + 8 + 3] = std::byte{200};
  EXPECT_EQ(refusal_of_track("vide", longer), cut);
  EXPECT_EQ(refusal_of_track("vide", box("stsd", pair(0, 1))), too_short);
  EXPECT_EQ(refusal_of_track("vide", description({pair(7, 0)})), "");  // nothing more is parsed
  // Behind the end of a file that is cut off nothing is hidden: the demuxer says what is missing.
  EXPECT_EQ(refusal(moov({track({handler("vide"), longer})}), kNoLimit), "");
}

// The number of its entries and the first are read from what lies behind it.
TEST(IndexGuard, DescriptionsShorterThanTheirHeadAreRefused) {
  for (std::size_t length = 0; length < 8; ++length) {
    const Bytes stsd = box("stsd", Bytes(length));
    const Bytes file = join({moov({track({stsd, join({stsd, stsd, stsd})})}), box("mdat", {})});
    EXPECT_THAT(refusal(file, kNoLimit), HasSubstr("too short for")) << length;
    EXPECT_EQ(refusal(stsd, kNoLimit), "") << length;
  }
}

// The next one begins where libavformat has come to.
TEST(IndexGuard, SampleEntriesAreNoShorterThanWhatIsReadOfThem) {
  const std::string cut = "entry 1 of 2 in its sample description is cut off";
  const auto both = [](const Bytes& first) {
    return description({first, first});
  };
  EXPECT_EQ(refusal_of_track("vide", both(entry("avc1", Bytes(70)))), "");
  EXPECT_EQ(refusal_of_track("vide", both(entry("avc1", Bytes(69)))), cut);
  EXPECT_EQ(refusal_of_track("vide", description({entry("avc1", Bytes(69))})), "");
  Bytes few_colours = entry("rle ", Bytes(70 + 2'055));
  few_colours[83] = std::byte{8};
  EXPECT_EQ(refusal_of_track("vide", both(few_colours)), cut);
  few_colours[85] = std::byte{8};  // of QuickTime's own
  EXPECT_EQ(refusal_of_track("vide", both(few_colours)), "");
  EXPECT_EQ(refusal_of_track("soun", both(entry("mp4a", Bytes(20)))), "");
  EXPECT_EQ(refusal_of_track("soun", both(entry("mp4a", Bytes(19)))), cut);
  const Bytes version2 = join({number(0x20000, 4), Bytes(51)});
  EXPECT_EQ(refusal_of_track("soun", both(entry("lpcm", version2))), cut);
  EXPECT_EQ(refusal_of_track("text", both(entry("tx3g", Bytes(30)))), "");
  EXPECT_EQ(refusal_of_track("text", both(entry("avc1", Bytes(30)))), cut);
  EXPECT_EQ(refusal_of_track("clcp", both(entry("c608", Bytes(0)))), "");
  EXPECT_EQ(refusal_of_track("vide", both(entry("c608", Bytes(0)))), cut);
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
