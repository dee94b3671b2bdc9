#pragma once

/// What the heads of MXF and Matroska files claim without being long themselves: entries of an
/// index that are none, tracks of two bytes each. libavformat makes room for all of them.

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "io/byte_source.h"

namespace s3reel::media {

/// Looks through the bytes that libavformat is given while it opens a file, wherever it reads, for
/// the marks that such a part begins with, and at the part. Used by one thread. `source` must
/// outlive it.
class ClaimScan {
 public:
  enum class Format {
    mxf,      ///< entries of index table segments
    matroska  ///< tracks
  };

  ClaimScan(io::ByteSource& source, Format format, std::uint64_t most);

  /// Throws Error{input} if what was seen so far claims more than `most`.
  void pass(std::uint64_t offset, std::span<const std::byte> bytes);

 private:
  void find_marks(std::uint64_t offset, std::span<const std::byte> bytes);
  void examine(std::uint64_t position);
  std::uint64_t index_entries(std::uint64_t position);
  std::uint64_t tracks(std::uint64_t position);
  std::span<const std::byte> look(std::uint64_t position, std::span<std::byte> out);

  io::ByteSource& source_;
  const Format format_;
  const std::uint64_t most_;
  std::uint64_t claimed_ = 0;
  std::uint64_t looks_ = 0;
  std::set<std::uint64_t> seen_;  ///< positions
  std::uint64_t next_ = 0;
  std::vector<std::byte> tail_;  ///< before `next_`: a mark may go on behind it
};

}  // namespace s3reel::media
