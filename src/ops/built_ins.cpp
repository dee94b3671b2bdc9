#include "ops/built_ins.h"

#include <iterator>
#include <utility>

namespace s3reel::ops {

const std::vector<BuiltIn>& built_ins() {
  static const std::vector<BuiltIn> all = [] {
    std::vector<BuiltIn> list;
    for (std::vector<BuiltIn> group : {color_ops(), geometry_ops(), time_ops(), overlay_ops()}) {
      std::move(group.begin(), group.end(), std::back_inserter(list));
    }
    return list;
  }();
  return all;
}

}  // namespace s3reel::ops
