#pragma once

/// Whether an object was cut off, told from what its container says about its own length, before
/// anything is decoded. Demuxers take such an end for the end of the film.

#include "io/byte_source.h"

namespace s3reel::media {

/// Throws Error{input}, with the numbers, if a part of the container ends behind the object by its
/// own statement:
///  - ISO base media, QuickTime: a top-level box of a known type; or there is an index (moov) and
///    the object ends before any media data;
///  - Matroska, WebM: the Segment, or the EBML header;
///  - AVI: a RIFF chunk, the `hdrl` or `movi` list, the index (idx1).
///
/// It reads headers only and is lenient where players are: a length of 0 or 'unknown' (live
/// recordings, writers that never came to patch it) states nothing; neither do bytes behind the
/// last part that are none; a RIFF length may count its own header. What needs the index of the
/// demuxer (samples behind the end) or a visit of every fragment is not looked at here, nor are
/// formats without a length (MPEG-TS) or others (MXF).
///
/// Returns true for a Matroska file whose Segment states no length: only when it was read does
/// check_matroska_end() tell.
bool check_not_truncated(io::ByteSource& source);

/// Throws Error{input} if a Matroska file whose Segment states no length ends inside an element.
/// `cluster` is where the last known Cluster begins; only what follows it is looked at.
void check_matroska_end(io::ByteSource& source, std::uint64_t cluster);

/// Throws Error{input} if a fragmented MP4 file ends inside a box. `samples_end` is where its last
/// known sample ends; only what follows it is looked at.
void check_fragments_end(io::ByteSource& source, std::uint64_t samples_end);

}  // namespace s3reel::media
