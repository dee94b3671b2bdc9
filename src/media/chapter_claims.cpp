#include "media/chapter_claims.h"

#include <algorithm>

#include "base/units.h"
#include "media/track_claims.h"

namespace s3reel::media {

void ChapterClaims::refer(std::uint32_t track) {
  const std::uint64_t times = ++listed_[track];
  Titles& titles = tracks_[track];
  set(titles, {.count = titles.count, .times = std::max(titles.times, times)});
}

void ChapterClaims::track(std::uint32_t id, std::uint64_t entries) {
  Titles& titles = tracks_[id];
  set(titles, {.count = std::max(titles.count, entries), .times = titles.times});
}

void ChapterClaims::set(Titles& titles, const Titles& now) {
  constexpr std::uint64_t kEntriesOfATitle = 64 * base::kKiB / 24;
  const auto entries = [](const Titles& some) {
    return claimed_product(claimed_product(some.count, some.times), kEntriesOfATitle);
  };
  entries_ = entries_ - entries(titles) + entries(now);
  titles = now;
}

}  // namespace s3reel::media
