#include "ops/row.h"

#include <utility>

namespace s3reel::ops {

void Row::push_from(std::size_t index, Item item, const Hand& hand) {
  if (index == links_.size()) {
    hand(std::move(item));
    return;
  }
  links_[index]->push(
      std::move(item), [&](Item one) { push_from(index + 1, std::move(one), hand); });
}

void Row::flush(const Hand& hand) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    links_[i]->flush([&](Item one) { push_from(i + 1, std::move(one), hand); });
  }
}

}  // namespace s3reel::ops
