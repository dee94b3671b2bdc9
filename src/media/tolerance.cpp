#include "media/tolerance.h"

#include <algorithm>

#include <fmt/format.h>

namespace s3reel::media {

bool Tolerance::bear(const DamagedFrame& frame) {
  const std::scoped_lock lock(mutex_);
  if (met_.size() >= limit_) {
    return false;
  }
  met_.push_back(frame);
  return true;
}

std::vector<DamagedFrame> Tolerance::met() const {
  const std::scoped_lock lock(mutex_);
  return met_;
}

std::string Tolerance::loss() const {
  const std::scoped_lock lock(mutex_);
  if (met_.empty()) {
    return {};
  }
  const auto replaced =
      std::count_if(met_.begin(), met_.end(), [](const DamagedFrame& one) { return one.replaced; });
  return fmt::format(
      "{} damaged frames were tolerated, the first at {:.3f} s: {} replaced by the frame before, "
      "{} skipped",
      met_.size(),
      met_.front().seconds,
      replaced,
      met_.size() - static_cast<std::size_t>(replaced));
}

}  // namespace s3reel::media
