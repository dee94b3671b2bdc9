#pragma once

/// Puts the index of an MP4 or MOV in front of its samples, without a second pass over them.
///
/// A muxer that runs once writes `ftyp`, `free` or `wide`, `mdat`, and behind them the `moov`,
/// whose chunk offsets (stco, co64: ISO/IEC 14496-12, 8.7.5) are positions in that file. Inserting
/// the moov between `ftyp` and what follows moves every sample by the size of the moov; so every
/// offset grows by that size. An offset that no longer fits 32 bits makes its track's table a co64,
/// which enlarges the moov and with it the shift, until nothing changes any more.
///
/// The result is byte for byte what libavformat's `-movflags faststart` writes; for that the choice
/// between stco and co64 follows its muxer (movenc.c, co64_required): 64 bits if the last packet of
/// the track, which may lie deep in its last chunk, begins behind 2^32 - 1. Where several samples
/// are one packet (PCM in MOV) the table does not say where the last packet begins; then the last
/// sample counts, and for outputs whose last packet spans that very byte the tables may differ,
/// both being right.
///
/// Pure functions; any number of threads may call. The moov is the work of a muxer of ours, so
/// whatever is wrong with it is Error{internal}.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace s3reel::mp4 {

/// `moov`: the whole box and nothing else, with offsets as if it stood behind the samples. Returns
/// it as it must stand in front of them, with `extra` more bytes inserted there (padding). Works in
/// place while no table needs 64 bits; otherwise a second copy exists for a moment.
///
/// Throws Error{internal} for a malformed box, and for what holds absolute offsets elsewhere or
/// hides them: auxiliary information (saio), item locations (iloc), fragments (mvex), a compressed
/// moov (cmov).
std::vector<std::byte> relocate_moov(std::vector<std::byte> moov, std::uint64_t extra = 0);

/// Where the moov belongs: the end of the `ftyp` box that `head`, the beginning of the file, starts
/// with. Throws Error{internal} if it does not start with a whole one.
std::size_t end_of_ftyp(std::span<const std::byte> head);

}  // namespace s3reel::mp4
