#include "media/sample_index.h"

#include <algorithm>

namespace s3reel::media {
namespace {

// libavformat's functions of the index take a stream that they do not change.
AVStream* unconst(const AVStream* stream) {
  return const_cast<AVStream*>(stream);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace

int SampleIndex::count() const {
  return avformat_index_get_entries_count(stream_);
}

const AVIndexEntry& SampleIndex::entry(int sample) const {
  return *avformat_index_get_entry(unconst(stream_), sample);
}

std::int64_t SampleIndex::time(int sample) const {
  return entry(sample).timestamp;
}

int SampleIndex::search(std::int64_t time, int flags) const {
  return av_index_search_timestamp(unconst(stream_), time, flags | AVSEEK_FLAG_BACKWARD);
}

int SampleIndex::key_at(std::int64_t time) const {
  return search(time, 0);
}

int SampleIndex::last_at(std::int64_t time) const {
  return search(time, AVSEEK_FLAG_ANY);
}

void SampleIndex::add_bytes(int first, int last, std::vector<io::ByteRange>& ranges) const {
  for (int i = std::max(first, 0); i <= last && i < count(); ++i) {
    const AVIndexEntry& one = entry(i);
    const auto begin = static_cast<std::uint64_t>(one.pos);
    const std::uint64_t end = begin + static_cast<std::uint64_t>(std::max(one.size, 0));
    if (!ranges.empty() && ranges.back().end == begin) {
      ranges.back().end = end;
    } else if (begin < end) {
      ranges.push_back({begin, end});
    }
  }
}

}  // namespace s3reel::media
