#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace s3reel::media {

/// What the titles of chapters in an MP4 or MOV take, compared with entries of the index:
/// libavformat reads all of them at once, and all may lie in one place of the file.
///
/// Of the lists of references to tracks of titles it keeps the last that it sees, so that a track
/// counts as often as one list names it. Tracks and lists come in any order.
class ChapterClaims {
 public:
  /// A list of references begins.
  void begin_list() { listed_.clear(); }

  /// The list refers to the track of that id.
  void refer(std::uint32_t track);

  /// A track ended that has so many entries.
  void track(std::uint32_t id, std::uint64_t entries);

  [[nodiscard]] std::uint64_t entries() const { return entries_; }

  /// That there are, or that are referred to.
  [[nodiscard]] std::size_t tracks() const { return tracks_.size(); }

 private:
  struct Titles {
    std::uint64_t count = 0;
    std::uint64_t times = 0;  ///< how often one list names them
  };

  void set(Titles& titles, const Titles& now);

  std::map<std::uint32_t, Titles> tracks_;
  std::map<std::uint32_t, std::uint64_t> listed_;  ///< how often, by the list
  std::uint64_t entries_ = 0;
};

}  // namespace s3reel::media
