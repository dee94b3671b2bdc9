#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "ops/link.h"

namespace s3reel::ops {

/// Links one after the other, used by one thread.
class Row {
 public:
  explicit Row(std::vector<std::unique_ptr<Link>> links) : links_(std::move(links)) {}

  void push(Item item, const Hand& hand) { push_from(0, std::move(item), hand); }

  /// Flushes each link into the ones behind it before those are flushed.
  void flush(const Hand& hand);

 private:
  void push_from(std::size_t index, Item item, const Hand& hand);

  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace s3reel::ops
