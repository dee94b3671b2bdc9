// relocate_moov() on anything that may be a moov: it throws, or every offset has grown by the size
// of what is inserted, as a reader sees it that shares no code with it.

#include <optional>

#include "fuzz/target.h"
#include "mp4/relocate.h"
#include "s3reel/error.h"
#include "unit/mp4/box_builder.h"

namespace s3reel::fuzz {
namespace {

/// nullopt: not for the reader of the tests, which knows less than relocate_moov().
std::optional<std::vector<s3reel::test::TrackOffsets>> tracks_of(const Bytes& moov) {
  try {
    return s3reel::test::MoovReader::read(moov);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

void examine(const Bytes& input) {
  Input rest(input);
  const auto extra = rest.number<std::uint32_t>();
  const Bytes moov = rest.bytes();
  try {
    const Bytes moved = mp4::relocate_moov(moov, extra);
    require(moved.size() >= moov.size(), "a moov does not shrink");
    const auto before = tracks_of(moov);
    if (!before) {
      return;
    }
    const auto after = tracks_of(moved);
    require(after && after->size() == before->size(), "every track keeps its table");
    const std::uint64_t shift = moved.size() + extra;
    for (std::size_t i = 0; i < before->size(); ++i) {
      const auto& [was_wide, chunks] = (*before)[i];
      const auto& [is_wide, shifted] = (*after)[i];
      require(is_wide || !was_wide, "64 bits stay 64 bits");
      require(shifted.size() == chunks.size(), "a table keeps its entries");
      for (std::size_t k = 0; k < chunks.size(); ++k) {
        require(shifted[k] == chunks[k] + shift, "an offset grows by what is inserted");
      }
    }
  } catch (const Error& error) {
    require(error.info().kind == ErrorKind::internal, "the moov is the work of a muxer of ours");
  }
}

}  // namespace s3reel::fuzz
