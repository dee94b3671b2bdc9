#include "s3/read_plan.h"

#include <algorithm>

namespace s3reel::s3 {

ReadPlan::ReadPlan(const std::vector<io::ByteRange>& ranges) {
  for (const io::ByteRange& range : ranges) {
    if (range.begin >= range.end) {
      continue;
    }
    if (!ranges_.empty() && range.begin <= ranges_.back().end + kWorthwhileGap) {
      ranges_.back().end = std::max(ranges_.back().end, range.end);
    } else {
      ranges_.push_back(range);
    }
  }
}

std::optional<io::ByteRange> ReadPlan::next(std::uint64_t offset, std::uint64_t size) const {
  io::ByteRange wanted{.begin = offset, .end = size};
  if (!ranges_.empty()) {
    const auto found = std::upper_bound(
        ranges_.begin(), ranges_.end(), offset, [](std::uint64_t at, const io::ByteRange& range) {
          return at < range.end;
        });
    if (found == ranges_.end()) {
      return std::nullopt;
    }
    wanted = {.begin = std::max(offset, found->begin), .end = std::min(found->end, size)};
  }
  return wanted.begin < wanted.end ? std::optional(wanted) : std::nullopt;
}

}  // namespace s3reel::s3
