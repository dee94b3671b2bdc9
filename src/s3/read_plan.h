#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/units.h"
#include "io/byte_source.h"

namespace s3reel::s3 {

/// Gaps up to this size are fetched with what surrounds them: a request of its own takes about as
/// long as so many bytes (30 ms at 70 MB/s).
inline constexpr std::uint64_t kWorthwhileGap = 2 * base::kMiB;

/// Which bytes read-ahead may fetch. An empty plan allows everything.
class ReadPlan {
 public:
  ReadPlan() = default;

  /// `ranges` ascending and disjoint; neighbours with small gaps are merged.
  explicit ReadPlan(const std::vector<io::ByteRange>& ranges);

  /// What is wanted at or behind `offset`, up to the end of that range; nullopt: nothing more.
  [[nodiscard]] std::optional<io::ByteRange> next(std::uint64_t offset, std::uint64_t size) const;

 private:
  std::vector<io::ByteRange> ranges_;
};

}  // namespace s3reel::s3
