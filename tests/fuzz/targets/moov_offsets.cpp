// relocate_moov() on moovs that are whole, with offsets around 2^32: none is refused that fits, and
// a table has 64 bits if, and only if, its last sample asks for them.

#include "fuzz/target.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::fuzz {
namespace {

using s3reel::test::MoovReader;
using s3reel::test::TrackSpec;

constexpr std::uint64_t kLargest32 = 0xFFFFFFFF;

TrackSpec next_track(Input& input) {
  TrackSpec track{.chunks = {}, .samples_in_chunk = input.byte() % 4U + 1U};
  const std::uint8_t kind = input.byte();
  track.wide = kind % 4 == 0;
  const std::size_t chunks = kind / 4 % 8;
  for (std::size_t i = 0; i < chunks; ++i) {
    const std::uint64_t near_the_end = kLargest32 - input.number<std::uint16_t>();
    track.chunks.push_back(kind & 0x80U ? near_the_end : input.number<std::uint32_t>());
  }
  if (kind & 0x40U) {
    for (std::size_t i = 0; i < chunks * track.samples_in_chunk; ++i) {
      track.sizes.push_back(input.number<std::uint16_t>());
    }
  }
  return track;
}

/// Where the last sample begins, or the last chunk if that is farther.
std::uint64_t reach(const TrackSpec& track) {
  std::uint64_t last = track.chunks.back();
  for (std::size_t i = 0; i + 1 < track.samples_in_chunk; ++i) {
    const std::size_t sample = (track.chunks.size() - 1) * track.samples_in_chunk + i;
    last += track.sizes.empty() ? 10 : track.sizes[sample];
  }
  return std::max(last, *std::max_element(track.chunks.begin(), track.chunks.end()));
}

}  // namespace

void examine(const Bytes& bytes) {
  Input input(bytes);
  const std::uint64_t extra = input.byte();
  std::vector<TrackSpec> tracks;
  while (!input.empty() && tracks.size() < 6) {
    tracks.push_back(next_track(input));
  }
  const Bytes moov = s3reel::test::moov_box(tracks);
  const Bytes moved = mp4::relocate_moov(moov, extra);
  const std::uint64_t shift = moved.size() + extra;
  const auto read = MoovReader::read(moved);
  require(read.size() == tracks.size(), "every track is there");
  std::size_t growth = 0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto& chunks = tracks[i].chunks;
    const bool must_be_wide = !chunks.empty() && reach(tracks[i]) + shift > kLargest32;
    require(read[i].wide == (tracks[i].wide || must_be_wide), "64 bits where they are needed");
    growth += read[i].wide && !tracks[i].wide ? 4 * chunks.size() : 0;
    require(read[i].chunks.size() == chunks.size(), "a table keeps its entries");
    for (std::size_t k = 0; k < chunks.size(); ++k) {
      require(read[i].chunks[k] == chunks[k] + shift, "an offset grows by what is inserted");
    }
  }
  require(moved.size() == moov.size() + growth, "a moov grows by its promoted tables only");
}

}  // namespace s3reel::fuzz
