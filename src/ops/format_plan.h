#pragma once

#include <compare>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "media/ffmpeg.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// Which pixel formats the ops of a chain work in, so that frames are converted as rarely as can
/// be, and then with the least loss. Used by one thread.
///
/// An op that changes the format itself ends what can be known beforehand: what follows it is
/// decided when its frames come.
class FormatPlan {
 public:
  explicit FormatPlan(const std::vector<OpContract>& contracts);

  /// The format in which the op at `index` gets a frame that is in `current`. `home` is what frames
  /// of this kind were before anything was converted, and what the last one should be again.
  [[nodiscard]] AVPixelFormat entry(
      std::size_t index, AVPixelFormat current, AVPixelFormat home) const;

 private:
  struct Cost {
    int conversions = 0;
    int loss = 0;  ///< see loss_of() in the source
    int bits = 0;  ///< for each pixel: what the conversions write

    auto operator<=>(const Cost&) const = default;  // NOLINT(modernize-use-nullptr): of clang 14

    Cost operator+(const Cost& other) const;
  };

  struct Best {
    AVPixelFormat entry = AV_PIX_FMT_NONE;
    Cost cost{};
  };

  using Formats = std::set<AVPixelFormat>;
  using Key = std::tuple<std::size_t, AVPixelFormat, AVPixelFormat>;

  struct Step {
    Formats takes;  ///< empty: all
    bool changes_format = false;
  };

  [[nodiscard]] static Cost conversion(AVPixelFormat from, AVPixelFormat to, AVPixelFormat home);
  [[nodiscard]] Best best(std::size_t index, AVPixelFormat current, AVPixelFormat home) const;

  std::vector<Step> steps_;
  mutable std::map<Key, Best> known_;
};

}  // namespace s3reel::ops
