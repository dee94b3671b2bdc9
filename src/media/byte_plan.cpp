#include "media/byte_plan.h"

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace s3reel::media {
namespace {

// 30 ms of latency at 90 MB/s: below this, reading over a gap is cheaper than a new request
// (S3 performance guidelines; facts in docs/reading.md).
constexpr std::uint64_t kSmallestGap = 2 * base::kMiB;

// Inside one stream neighbours are merged at once, so that the list stays short for long videos.
void append_stream(AVStream* stream, std::uint64_t size, std::vector<io::ByteRange>& ranges) {
  const std::size_t first = ranges.size();
  const int count = avformat_index_get_entries_count(stream);
  for (int i = 0; i < count; ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream, i);
    const auto begin = static_cast<std::uint64_t>(entry->pos);
    const std::uint64_t end =
        std::min(size, begin + static_cast<std::uint64_t>(std::max(entry->size, 0)));
    if (begin >= end) {
      continue;
    }
    if (ranges.size() > first && begin >= ranges.back().begin &&
        begin <= ranges.back().end + kSmallestGap) {
      ranges.back().end = std::max(ranges.back().end, end);
    } else {
      ranges.push_back({begin, end});
    }
  }
}

}  // namespace

std::vector<io::ByteRange> plan_bytes(
    const AVFormatContext& format, const std::vector<int>& streams, std::uint64_t size) {
  std::vector<io::ByteRange> ranges;
  for (const int index : streams) {
    append_stream(format.streams[index], size, ranges);
  }
  return merged(std::move(ranges));
}

std::vector<io::ByteRange> merged(std::vector<io::ByteRange> ranges) {
  std::sort(
      ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<io::ByteRange> result;
  for (const io::ByteRange& range : ranges) {
    if (!result.empty() && range.begin <= result.back().end + kSmallestGap) {
      result.back().end = std::max(result.back().end, range.end);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

}  // namespace s3reel::media
