#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/media/index_heads.h"

namespace s3reel::media {
namespace {

using namespace test;
using testing::HasSubstr;

std::string refusal_of_track(const std::string& kind, const Bytes& stsd) {
  return refusal(join({moov({track_of(kind, {stsd})}), box("mdat", {})}), kNoLimit);
}

TEST(IndexGuard, TablesInASampleDescriptionAreRefused) {
  const Bytes hidden = description({entry("avc1", join({Bytes(71), sizes(1)}))});
  EXPECT_THAT(refusal_of_track("vide", hidden), HasSubstr("holds 'stsz'"));
  EXPECT_THAT(refusal_of_track("tmcd", hidden), HasSubstr("holds 'stsz'"));
}

TEST(IndexGuard, EveryTableThatClaimsIsLookedForInADescription) {
  for (const std::string table :
       {"stsz", "stz2", "stsc", "stts", "ctts", "stco", "co64", "elst", "trun",
        "senc", "saiz", "sbgp", "sidx", "chap", "tkhd", "hdlr", "trak", "moof",
        "moov", "cmov", "sgpd", "dref", "iinf", "iloc", "mvhd", "HMMT"}) {
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
      refusal(moov({track_of("vide", {}), description({reel})}), kNoLimit),
      HasSubstr("holds 'chap'"));
}

/// A description that only a track of data may have, in a track in which a handler stands in an
/// unusual place as well.
std::string refusal_beside(const Bytes& before, const Bytes& in_media, const Bytes& in_tables) {
  const Bytes reel = description({entry("tmcd", join({Bytes(80), text("chap"), Bytes(8)}))});
  const Bytes film = track({in_tables, reel}, before, join({handler("tmcd"), in_media}));
  return refusal(join({moov({film}), box("mdat", {})}), kNoLimit);
}

// libavformat takes some of them, by its version.
TEST(IndexGuard, HandlersInUnusualPlacesMakeNothingCertain) {
  EXPECT_EQ(refusal_beside({}, {}, {}), "");
  EXPECT_EQ(refusal_beside({}, {}, handler("alis")), "") << "of data references";
  for (const std::string kind : {"vide", "soun", "subp", "clcp", "pict", "auxv", "m1a "}) {
    const Bytes one = handler(kind);
    for (const Bytes& inside :
         {one, box("iprp", one), box("udta", box("meta", join({Bytes(4), one})))}) {
      EXPECT_THAT(refusal_beside(inside, {}, {}), HasSubstr("holds 'chap'")) << kind;
      EXPECT_THAT(refusal_beside({}, {}, inside), HasSubstr("holds 'chap'")) << kind;
    }
    EXPECT_THAT(refusal_beside({}, one, {}), HasSubstr("holds 'chap'")) << kind;
  }
  EXPECT_THAT(  // of a kind that is not known
      refusal_of_track("what", description({entry("tmcd", join({Bytes(80), text("chap")}))})),
      HasSubstr("holds 'chap'"));
}

// There libavformat looks for none; its kind would lie in the box behind.
TEST(IndexGuard, TheLastEightBytesOfMetadataAreNoHandler) {
  const Bytes meta = box("meta", join({Bytes(4), number(8, 4), text("hdlr")}));
  const Bytes behind = box("skip", join({text("vide"), Bytes(8)}));
  EXPECT_EQ(refusal_beside(join({meta, behind}), {}, {}), "");
}

TEST(IndexGuard, DescriptionsOutsideATrackAreThoseOfAnyTrack) {
  const Bytes sound = entry("mp4a", Bytes(20));
  const Bytes both = description({sound, sound});
  EXPECT_EQ(refusal_of_track("soun", both), "");
  EXPECT_THAT(
      refusal(join({moov({track({}), handler("soun"), both}), box("mdat", {})}), kNoLimit),
      HasSubstr("entry 1 of 2"));
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
  EXPECT_EQ(refusal(moov({track_of("vide", {longer})}), kNoLimit), "");
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

}  // namespace
}  // namespace s3reel::media
