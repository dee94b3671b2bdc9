#pragma once

/// An MP4 or MOV of some hundred bytes may claim an index that takes gigabytes: sizes and times of
/// samples come in runs, edits list samples again, fragments need no bytes for each sample.
/// libavformat believes it all. So the boxes are read before it gets them.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/byte_source.h"
#include "media/chapter_claims.h"
#include "media/index_boxes.h"
#include "media/track_claims.h"
#include "mp4/box.h"

namespace s3reel::media {

/// Walks over the boxes just ahead of libavformat's reading, into the same containers and with the
/// same idea of odd lengths (mov_read_default() in its mov.c), and adds up the entries that its
/// index will have. Where the two might differ it counts too much rather than too little.
///
/// Top-level boxes are walked only when libavformat comes to their heads, which it has to for
/// everything it parses; once inside one, all of it is walked. Used by one thread. `source` must
/// outlive it.
class IndexGuard {
 public:
  /// `most` entries are the limit, for a small file entries_limit().
  IndexGuard(io::ByteSource& source, std::uint64_t most);

  /// These bytes, at `offset`, are about to be given to libavformat. Throws Error{input} if what
  /// they claim exceeds the limit, or cannot be seen.
  void pass(std::uint64_t offset, std::span<const std::byte> bytes);

  /// libavformat was given the first bytes, up to `end`, and has not parsed them. Throws as pass().
  void pass_earlier(std::uint64_t end);

  /// libavformat reads on at `offset`. Throws as pass().
  void jump(std::uint64_t offset);

 private:
  using Bytes = std::span<const std::byte>;

  [[nodiscard]] bool at_top() const { return regions_.size() <= 1; }

  [[nodiscard]] bool is_handler_of_track(const FoundBox& box) const;

  [[nodiscard]] std::uint64_t size() const { return source_.identity().size; }

  void advance(std::uint64_t begin, std::uint64_t end);
  void step();
  void read_box();
  void look_at(const FoundBox& box);
  void look_into(const FoundBox& box, Bytes payload);
  void count(const FoundBox& box, Bytes payload);
  void enter(mp4::FourCc type, std::uint64_t begin, std::uint64_t end);
  void enter_meta(const FoundBox& box);
  void enter_table(const FoundBox& box, Bytes payload, std::size_t head);
  void read_table();
  void table_entry(mp4::FourCc type, Bytes entry);
  void check_description(const FoundBox& box, Bytes payload);
  void check_entry(std::uint64_t begin, std::uint64_t end);
  void leave();
  void leave_what_ended();
  void end_track();
  void claim(std::uint64_t entries);
  void check();
  [[noreturn]] void refuse(std::string reason);
  Bytes fetch(std::uint64_t offset, std::span<std::byte> out);

  io::ByteSource& source_;
  const std::uint64_t most_;
  std::vector<Region> regions_;  ///< the outermost is the file; empty: nothing is parsed any more
  std::uint64_t next_ = 0;       ///< what is looked at next
  std::uint64_t entries_left_ = 0;  ///< of the table
  std::uint64_t tracks_ = 0;
  std::uint64_t claimed_ = 0;  ///< entries, without those of `track_`
  TrackClaims track_;
  std::uint32_t track_id_ = 0;
  ChapterClaims chapters_;
  std::uint64_t read_ = 0;  ///< bytes of one top-level box that were not given to pass()
  std::uint64_t passing_offset_ = 0;
  Bytes passing_;  ///< the bytes given to pass(), while it runs
};

}  // namespace s3reel::media
