#include "ops/parallel_rows.h"

#include <algorithm>
#include <utility>

namespace s3reel::ops {

ParallelRows::ParallelRows(std::vector<Row> rows) : rows_(std::move(rows)) {
  workers_.reserve(rows_.size());
  for (Row& row : rows_) {
    workers_.emplace_back([this, &row](const std::stop_token& stop) { work(stop, row); });
  }
}

ParallelRows::~ParallelRows() {
  for (std::jthread& worker : workers_) {
    worker.request_stop();
  }
}

void ParallelRows::push(Item item, const Hand& hand) {
  hand_finished(rows_.size(), hand);
  auto slot = std::make_shared<Slot>();
  slot->item = std::move(item);
  {
    const std::scoped_lock lock(mutex_);
    slots_.push_back(std::move(slot));
  }
  work_.notify_one();
}

void ParallelRows::flush(const Hand& hand) {
  hand_finished(0, hand);
  // Stateless ops hold nothing back; they may still have something to close.
  for (Row& row : rows_) {
    row.flush(hand);
  }
}

void ParallelRows::hand_finished(std::size_t most_left, const Hand& hand) {
  while (const std::shared_ptr<Slot> slot = finished(most_left)) {
    if (slot->failure) {
      std::rethrow_exception(slot->failure);
    }
    for (Item& one : slot->out) {
      hand(std::move(one));
    }
  }
}

// The first slot once it is done; waits for that only while more than `most_left` are there.
std::shared_ptr<ParallelRows::Slot> ParallelRows::finished(std::size_t most_left) {
  std::unique_lock lock(mutex_);
  if (slots_.size() > most_left) {
    done_.wait(lock, [this] { return slots_.front()->done; });
  }
  if (slots_.empty() || !slots_.front()->done) {
    return nullptr;
  }
  std::shared_ptr<Slot> slot = std::move(slots_.front());
  slots_.pop_front();
  return slot;
}

std::shared_ptr<ParallelRows::Slot> ParallelRows::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const auto next = [this] {
    return std::find_if(
        slots_.begin(), slots_.end(), [](const auto& slot) { return !slot->taken; });
  };
  if (!work_.wait(lock, stop, [&] { return next() != slots_.end(); })) {
    return nullptr;
  }
  std::shared_ptr<Slot> slot = *next();
  slot->taken = true;
  return slot;
}

void ParallelRows::work(const std::stop_token& stop, Row& row) {
  while (!stop.stop_requested()) {
    const std::shared_ptr<Slot> slot = take(stop);
    if (!slot) {
      return;
    }
    try {
      row.push(std::move(slot->item), [&](Item one) { slot->out.push_back(std::move(one)); });
    } catch (...) {
      slot->failure = std::current_exception();
    }
    const std::scoped_lock lock(mutex_);
    slot->done = true;
    done_.notify_one();
  }
}

}  // namespace s3reel::ops
