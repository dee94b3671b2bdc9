#include "media/truncation.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "support/shared_folder.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::media {
namespace {

using test::box;
using test::Bytes;
using test::join;
using test::number;
using test::text;

/// `begin`, then zeros up to `size`. Gives a few bytes at a time and counts the places read.
class Object final : public io::ByteSource {
 public:
  explicit Object(const Bytes& begin) : Object(begin, begin.size()) {}

  Object(Bytes begin, std::uint64_t size) : bytes_(std::move(begin)) {
    identity_.url = "s3://bucket/film";
    identity_.size = size;
  }

  [[nodiscard]] const io::SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= identity_.size) {
      return 0;
    }
    ++reads_;
    const std::uint64_t there = std::min<std::uint64_t>({out.size(), identity_.size - offset, 7});
    for (std::uint64_t i = 0; i < there; ++i) {
      const std::uint64_t at = offset + i;
      out[i] = at < bytes_.size() ? bytes_[at] : std::byte{0};
    }
    return static_cast<std::size_t>(there);
  }

  [[nodiscard]] int reads() const { return reads_; }

 private:
  Bytes bytes_;
  io::SourceIdentity identity_;
  int reads_ = 0;
};

/// Why the object is refused; empty if it is not.
std::string verdict(Object object) {
  try {
    check_not_truncated(object);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input);
    EXPECT_EQ(error.info().subject, "s3://bucket/film");
    EXPECT_NE(error.info().reason.find("truncated"), std::string::npos);
    return error.what();
  }
  return {};
}

Bytes cut(const Bytes& bytes, std::size_t length) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)};
}

Bytes little(std::uint64_t value) {
  Bytes bytes = number(value, 4);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

Bytes chunk(const std::string& id, const Bytes& data) {
  return join({text(id), little(data.size()), data, Bytes(data.size() % 2)});
}

Bytes list(const std::string& form, const Bytes& data, const std::string& id = "LIST") {
  return chunk(id, join({text(form), data}));
}

const Bytes kBrands = box("ftyp", Bytes(16));
const Bytes kMoov = box("moov", Bytes(200));

TEST(TruncationIso, WholeFilesPass) {
  const Bytes mdat = box("mdat", Bytes(500));
  EXPECT_EQ(verdict(Object(join({kBrands, kMoov, mdat}))), "");
  EXPECT_EQ(verdict(Object(join({kBrands, box("free", {}), mdat, kMoov}))), "");
  EXPECT_EQ(verdict(Object(join({mdat, kMoov}))), "");
}

TEST(TruncationIso, EveryCutThroughABoxIsFound) {
  const Bytes whole = join({kBrands, kMoov, box("mdat", Bytes(50))});
  for (std::size_t length = 8; length < whole.size(); ++length) {
    const std::string what = verdict(Object(cut(whole, length)));
    const std::size_t into_box = length < 24 ? length : length < 232 ? length - 24 : length - 232;
    if (into_box >= 8 || length == 232) {
      EXPECT_NE(what, "") << length;
    }
  }
}

TEST(TruncationIso, TheMessageHasTheNumbers) {
  const Bytes whole = join({kBrands, kMoov, box("mdat", Bytes(5'000))});
  const std::string what = verdict(Object(cut(whole, 1'000)));
  EXPECT_NE(
      what.find("'mdat' at byte 232 ends at byte 5240, the object at 1000"), std::string::npos)
      << what;
}

TEST(TruncationIso, AnIndexWithoutAnyMediaIsTruncated) {
  EXPECT_NE(verdict(Object(join({kBrands, kMoov}))), "");
  EXPECT_NE(verdict(Object(join({kBrands, kMoov, box("free", Bytes(8))}))), "");
}

TEST(TruncationIso, MediaOfUnstatedLengthPasses) {
  const Bytes open_end = join({number(0, 4), text("mdat"), Bytes(500)});
  EXPECT_EQ(verdict(Object(join({kBrands, kMoov, open_end}))), "");
  // A recorder that crashed: the length was never filled in, samples follow and read as boxes.
  const Bytes unpatched = join({number(8, 4), text("mdat"), number(700'000, 4), Bytes(500)});
  EXPECT_EQ(verdict(Object(join({kBrands, box("free", {}), unpatched}))), "");
  EXPECT_EQ(verdict(Object(join({kBrands, box("free", {}), open_end}))), "");
}

TEST(TruncationIso, BytesBehindTheLastBoxPass) {
  const Bytes whole = join({kBrands, kMoov, box("mdat", Bytes(50))});
  EXPECT_EQ(verdict(Object(join({whole, Bytes(3)}))), "");
  EXPECT_EQ(verdict(Object(join({whole, Bytes(4'000)}))), "");
  EXPECT_EQ(verdict(Object(join({whole, text("\x7Fgarbage behind the film")}))), "");
}

TEST(TruncationIso, LongLengthsAreRead) {
  const Bytes head = join({kBrands, number(1, 4), text("mdat"), number(6'000'000'000U, 8)});
  EXPECT_NE(verdict(Object(head, 5'999'999'999U)), "");
  EXPECT_EQ(verdict(Object(head, 6'000'000'024U)), "");
}

TEST(TruncationIso, AFragmentedFileIsNotWalkedToItsEnd) {
  Bytes film = join({kBrands, kMoov});
  for (int i = 0; i < 500; ++i) {
    film = join({film, box("moof", Bytes(20)), box("mdat", Bytes(30))});
  }
  Object object(film);
  check_not_truncated(object);
  EXPECT_LT(object.reads(), 30);
  const Bytes first_fragment = cut(film, kBrands.size() + kMoov.size() + 50);
  EXPECT_NE(verdict(Object(first_fragment)), "");
}

Bytes element(std::uint64_t id, int id_size, const Bytes& length, const Bytes& data) {
  return join({number(id, id_size), length, data});
}

const Bytes kEbml = element(0x1A45DFA3, 4, number(0x90, 1), Bytes(16));

TEST(TruncationMatroska, TheSegmentMustBeWhole) {
  const Bytes whole =
      join({kEbml, element(0x18538067, 4, number(0x01000000000003E8U, 8), Bytes(1'000))});
  EXPECT_EQ(verdict(Object(whole)), "");
  EXPECT_EQ(verdict(Object(join({whole, Bytes(9)}))), "");
  for (std::size_t length = 33; length < whole.size(); ++length) {
    EXPECT_NE(verdict(Object(cut(whole, length))), "") << length;
  }
  EXPECT_NE(verdict(Object(cut(whole, 15))), "");
}

TEST(TruncationMatroska, AnUnknownLengthPasses) {
  for (const Bytes& unknown : {number(0x01FFFFFFFFFFFFFFU, 8), number(0xFF, 1)}) {
    EXPECT_EQ(verdict(Object(join({kEbml, element(0x18538067, 4, unknown, Bytes(100))}))), "");
  }
}

TEST(TruncationMatroska, WhatStandsBeforeTheSegmentIsPassedOver) {
  const Bytes empty = element(0xEC, 1, number(0x84, 1), Bytes(4));
  const Bytes segment = element(0x18538067, 4, number(0x4100, 2), Bytes(256));
  EXPECT_EQ(verdict(Object(join({kEbml, empty, segment}))), "");
  EXPECT_NE(verdict(Object(cut(join({kEbml, empty, segment}), 200))), "");
}

Bytes avi(const Bytes& behind_movi = {}) {
  const Bytes headers = list("hdrl", chunk("avih", Bytes(56)));
  const Bytes media = list("movi", chunk("00dc", Bytes(301)));
  return list("AVI ", join({headers, chunk("JUNK", Bytes(9)), media, behind_movi}), "RIFF");
}

TEST(TruncationAvi, EveryCutIsFound) {
  const Bytes whole = avi(chunk("idx1", Bytes(32)));
  EXPECT_EQ(verdict(Object(whole)), "");
  for (std::size_t length = 12; length + 8 < whole.size(); ++length) {
    EXPECT_NE(verdict(Object(cut(whole, length))), "") << length;
  }
  // Inside the last 8 bytes it is the index that ends behind the object.
  EXPECT_NE(verdict(Object(cut(whole, whole.size() - 1))), "");
}

TEST(TruncationAvi, ALengthThatCountsItsOwnHeaderPasses) {
  Bytes whole = avi();
  const Bytes size = little(whole.size());
  std::copy(size.begin(), size.end(), whole.begin() + 4);
  EXPECT_EQ(verdict(Object(whole)), "");
}

TEST(TruncationAvi, LengthsThatWereNeverFilledInPass) {
  for (const std::uint64_t length : {0U, 0xFFFFFFFFU}) {
    Bytes whole = avi();
    const Bytes size = little(length);
    std::copy(size.begin(), size.end(), whole.begin() + 4);
    EXPECT_EQ(verdict(Object(whole)), "");
    const Bytes movi = text("movi");
    const auto at = std::search(whole.begin(), whole.end(), movi.begin(), movi.end());
    std::copy(size.begin(), size.end(), at - 4);
    EXPECT_EQ(verdict(Object(whole)), "");
  }
}

TEST(TruncationAvi, TheListOfMediaCountsWhenTheOuterLengthIsUnknown) {
  Bytes whole = avi();
  const Bytes zero = little(0);
  std::copy(zero.begin(), zero.end(), whole.begin() + 4);
  EXPECT_NE(verdict(Object(cut(whole, whole.size() - 20))), "");
}

TEST(TruncationAvi, FurtherPartsOfOpenDmlCount) {
  const Bytes more = list("AVIX", list("movi", Bytes(500)), "RIFF");
  const Bytes whole = join({avi(chunk("idx1", Bytes(32))), more, more});
  EXPECT_EQ(verdict(Object(whole)), "");
  EXPECT_EQ(verdict(Object(join({whole, Bytes(100)}))), "");
  EXPECT_NE(verdict(Object(cut(whole, whole.size() - 100))), "");
  EXPECT_NE(verdict(Object(cut(whole, whole.size() - 600))), "");
}

TEST(Truncation, OtherFormatsAreNotJudged) {
  EXPECT_EQ(verdict(Object(Bytes{})), "");
  EXPECT_EQ(verdict(Object(text("G"))), "");
  EXPECT_EQ(verdict(Object(text("not a film at all, just words"))), "");
  EXPECT_EQ(verdict(Object(join({text("RIFF"), little(9'999), text("WAVEfmt ")}))), "");
  EXPECT_EQ(verdict(Object(join({number(0x47, 1), Bytes(187)}))), "");
}

// Any bytes behind a known beginning: a verdict, never an overread; the sanitizers watch.
TEST(Truncation, SurvivesEveryChangedByte) {
  const std::vector<Bytes> films{
      join({kBrands, kMoov, box("mdat", Bytes(50))}),
      join({kEbml, element(0x18538067, 4, number(0x4100, 2), Bytes(256))}),
      avi(chunk("idx1", Bytes(32)))};
  for (const Bytes& film : films) {
    for (std::size_t at = 0; at < film.size(); ++at) {
      for (const unsigned value : {0x00U, 0x01U, 0x7FU, 0x80U, 0xFFU}) {
        Bytes changed = film;
        changed[at] = static_cast<std::byte>(value);
        static_cast<void>(verdict(Object(changed)));
      }
    }
  }
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  return text(content);
}

// Whatever the folder says about a file, only one that is cut off is called so here.
TEST(TruncationMedia, OnlyTheTruncatedFilesAreRefused) {
  const auto folder = test::shared_folder("S3REEL_TEST_MEDIA", "media");
  S3REEL_NEEDS_SHARED(folder);
  int films = 0;
  int truncated = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || entry.path().extension() == ".md") {
      continue;
    }
    ++films;
    const bool refused = !verdict(Object(read_file(entry.path()))).empty();
    EXPECT_EQ(refused, name.starts_with("truncated-")) << name;
    truncated += refused ? 1 : 0;
  }
  EXPECT_GT(films, 0);
  EXPECT_GT(truncated, 0);
}

// Cutting any of the films that state their length in half is noticed.
TEST(TruncationMedia, HalfAFilmIsRefused) {
  const auto folder = test::shared_folder("S3REEL_TEST_MEDIA", "media");
  S3REEL_NEEDS_SHARED(folder);
  int films = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    const std::string extension = entry.path().extension().string();
    const bool states = extension == ".mov" || extension == ".avi" || extension == ".mkv" ||
                        extension == ".webm" || extension == ".mp4";
    // Of a fragmented film only the first fragments are looked at; one corrupt film states nothing.
    const std::string name = entry.path().filename().string();
    const bool exempt =
        name.find("fragmented") != std::string::npos || name.starts_with("corrupt-");
    if (states && !exempt) {
      const Bytes film = read_file(entry.path());
      EXPECT_NE(verdict(Object(cut(film, film.size() / 2))), "") << entry.path();
      ++films;
    }
  }
  EXPECT_GT(films, 0);
}

}  // namespace
}  // namespace s3reel::media
