#include "media/claim_scan.h"

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

using test::Bytes;
using test::join;
using test::number;
using testing::HasSubstr;

/// The reason for which a file is refused that is read in pieces of that length, twice.
std::string refusal(
    const Bytes& file, ClaimScan::Format format, std::uint64_t most, std::size_t piece) {
  io::MemorySource source("memory", std::make_shared<Bytes>(file));
  ClaimScan scan(source, format, most);
  try {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t at = 0; at < file.size(); at += piece) {
        scan.pass(at, std::span(file).subspan(at, std::min(piece, file.size() - at)));
      }
    }
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::input) << error.what();
    return error.info().reason;
  }
}

void expect_claim(const Bytes& file, ClaimScan::Format format, std::uint64_t claim) {
  for (const std::size_t piece : {1U, 7U, 64'000U}) {
    EXPECT_EQ(refusal(file, format, claim, piece), "") << piece;
    EXPECT_THAT(
        refusal(file, format, claim - 1, piece), HasSubstr("claims " + std::to_string(claim)))
        << piece;
  }
}

Bytes tag(std::uint32_t name, const Bytes& value) {
  return join({number(name, 2), number(value.size(), 2), value});
}

Bytes segment(const Bytes& tags) {
  const Bytes key = join({number(0x060E2B3402530101, 8), number(0x0D01020101100100, 8)});
  return join({key, number(0x83, 1), number(tags.size(), 3), tags});
}

Bytes entries(std::uint32_t count) {
  return tag(0x3F0A, join({number(count, 4), number(11, 4)}));
}

Bytes duration(std::uint64_t frames) {
  return tag(0x3F0D, number(frames, 8));
}

TEST(ClaimScan, AddsUpTheSegmentsOfAnIndexTable) {
  const Bytes file = join(
      {Bytes(100),
       segment(join({duration(30), entries(1)})),
       Bytes(33),
       segment(join({tag(0x3F05, number(0, 4)), entries(1), duration(12)}))});
  expect_claim(file, ClaimScan::Format::mxf, 42);
}

TEST(ClaimScan, SegmentsWithoutEntriesTakeNoRoom) {
  const Bytes constant = segment(duration(30));
  const Bytes endless = segment(join({entries(1), duration(UINT64_MAX)}));
  EXPECT_EQ(refusal(join({constant, endless}), ClaimScan::Format::mxf, 0, 64'000), "");
}

TEST(ClaimScan, CountsTracksWhateverTheirLength) {
  const Bytes mark = number(0x1654AE6B, 4);
  const Bytes empty = number(0xAE80, 2);
  const Bytes open = number(0xAEFF, 2);
  const Bytes named = number(0xAE83D78101, 5);
  const Bytes inside = join({empty, named, number(0xEC81AE, 3), open, number(0xD78101, 3), empty});
  expect_claim(
      join({Bytes(9), mark, number(0x80 + inside.size(), 1), inside}),
      ClaimScan::Format::matroska,
      4);
  expect_claim(join({mark, number(0xFF, 1), inside, Bytes(9)}), ClaimScan::Format::matroska, 4);
}

/// So many Tracks, each of which holds all that follows; at the end so many Voids of two bytes.
Bytes nested_tracks(int tracks, int voids) {
  const Bytes mark = number(0x1654AE6B18FFFFFF, 8);  // of 144 MiB, cut to the file
  const Bytes nothing = number(0xEC80, 2);
  Bytes file;
  for (int i = 0; i < tracks; ++i) {
    file.insert(file.end(), mark.begin(), mark.end());
    for (int j = 0; j < voids; ++j) {
      file.insert(file.end(), nothing.begin(), nothing.end());
    }
  }
  return file;
}

TEST(ClaimScan, LooksAtABoundedNumberOfThings) {
  const auto tracks = ClaimScan::Format::matroska;
  EXPECT_EQ(refusal(nested_tracks(3, 1'000), tracks, UINT64_MAX, 64'000), "");
  EXPECT_THAT(
      refusal(nested_tracks(3, 1'000'000), tracks, UINT64_MAX, 64'000),
      HasSubstr("too much of it has to be looked at"));
}

TEST(ClaimScan, TracksOfUnknownLengthEndWhereTheNextPartBegins) {
  const Bytes open = number(0x1654AE6BFF, 5);
  const Bytes cluster = number(0x1F43B675FF, 5);
  const Bytes empty = number(0xAE80, 2);
  expect_claim(join({open, empty, empty, cluster, empty, empty}), ClaimScan::Format::matroska, 2);
}

TEST(ClaimScan, FilesMayEndAnywhere) {
  const Bytes file = segment(join({entries(1), duration(30)}));
  for (std::size_t length = 0; length < file.size(); ++length) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(refusal(cut, ClaimScan::Format::mxf, 30, 64'000), "") << length;
  }
}

}  // namespace
}  // namespace s3reel::media
