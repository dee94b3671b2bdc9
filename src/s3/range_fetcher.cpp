#include "s3/range_fetcher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"

namespace s3reel::s3 {

RangeFetcher::RangeFetcher(
    Client& client, ObjectName object, io::SourceIdentity pinned, int threads, std::stop_token stop)
    : client_(client),
      object_(std::move(object)),
      pinned_(std::move(pinned)),
      max_threads_(static_cast<std::size_t>(std::max(threads, 2))),
      stop_(std::move(stop)) {}

RangeFetcher::~RangeFetcher() {
  std::vector<Task> running;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    queue_.clear();
    running = running_;
    work_.notify_all();
  }
  for (const Task& task : running) {
    task.chunk->stop().request_stop();
  }
  threads_.clear();  // joins
}

void RangeFetcher::fetch(std::shared_ptr<RangeChunk> chunk, Urgency urgency) {
  const std::scoped_lock lock(mutex_);
  const auto place = urgency == Urgency::wanted ? queue_.begin() : queue_.end();
  queue_.insert(place, Task{std::move(chunk), urgency});
  start_thread_locked();
  work_.notify_one();
}

void RangeFetcher::cancel(const std::shared_ptr<RangeChunk>& chunk) {
  chunk->stop().request_stop();  // first: a failure kept behind the erasure would hold its memory
  const std::scoped_lock lock(mutex_);
  std::erase_if(queue_, [&](const Task& task) { return task.chunk == chunk; });
  std::erase_if(failures_, [&](const Failure& failure) { return failure.chunk == chunk; });
}

void RangeFetcher::await(const std::shared_ptr<RangeChunk>& chunk, std::uint64_t offset) {
  if (chunk->filled() > offset) {
    return;
  }
  std::unique_lock lock(mutex_);
  promote_locked(chunk);
  reader_waits_ = true;
  arrived_.wait(
      lock, stop_, [&] { return chunk->filled() > offset || error_of_locked(*chunk) != nullptr; });
  reader_waits_ = false;
  if (chunk->filled() > offset) {
    return;
  }
  if (stop_.stop_requested()) {
    throw base::Cancelled();
  }
  std::rethrow_exception(error_of_locked(*chunk));
}

/// The reader needs it now: it overtakes what is only read ahead.
void RangeFetcher::promote_locked(const std::shared_ptr<RangeChunk>& chunk) {
  const auto found = std::find_if(
      queue_.begin(), queue_.end(), [&](const Task& task) { return task.chunk == chunk; });
  if (found == queue_.end()) {
    return;
  }
  queue_.erase(found);
  queue_.push_front(Task{chunk, Urgency::wanted});
  start_thread_locked();
  work_.notify_one();
}

void RangeFetcher::start_thread_locked() {
  if (threads_.size() < max_threads_ && threads_.size() < queue_.size() + running_.size()) {
    threads_.emplace_back([this] { run(); });
  }
}

bool RangeFetcher::runnable_locked() const {
  if (queue_.empty()) {
    return false;
  }
  if (queue_.front().urgency == Urgency::wanted) {
    return true;
  }
  const auto ahead = std::count_if(running_.begin(), running_.end(), [](const Task& task) {
    return task.urgency == Urgency::ahead;
  });
  return static_cast<std::size_t>(ahead) + 1 < max_threads_;
}

void RangeFetcher::run() {
  for (;;) {
    std::shared_ptr<RangeChunk> chunk;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return ending_ || runnable_locked(); });
      if (ending_) {
        return;
      }
      running_.push_back(std::move(queue_.front()));
      queue_.pop_front();
      chunk = running_.back().chunk;
    }
    fetch_one(chunk);
    const std::scoped_lock lock(mutex_);
    std::erase_if(running_, [&](const Task& task) { return task.chunk == chunk; });
    work_.notify_one();
  }
}

void RangeFetcher::fetch_one(const std::shared_ptr<RangeChunk>& chunk) {
  const std::stop_callback link(stop_, [&chunk] { chunk->stop().request_stop(); });
  try {
    GetRange request{.object = object_, .range = chunk->range(), .pinned = pinned_};
    request.on_bytes = [this, &chunk](std::span<const std::byte> data) {
      return receive(*chunk, data);
    };
    client_.get_range(request, chunk->stop().get_token());
    if (chunk->filled() != chunk->range().end) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::unavailable,
          .operation = "s3.GetObject",
          .subject = object_.url(),
          .reason = fmt::format(
              "the answer ended at byte {} of {}", chunk->filled(), chunk->range().end)});
    }
  } catch (...) {
    fail(chunk, std::current_exception());
  }
}

bool RangeFetcher::receive(RangeChunk& chunk, std::span<const std::byte> data) {
  if (chunk.stop().stop_requested() || !chunk.store(data)) {
    return false;
  }
  const std::scoped_lock lock(mutex_);
  if (reader_waits_) {
    arrived_.notify_all();
  }
  return true;
}

void RangeFetcher::fail(const std::shared_ptr<RangeChunk>& chunk, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  if (chunk->stop().stop_requested()) {
    return;  // nobody wants it; a stop of the job wakes the reader by itself
  }
  failures_.push_back({chunk, std::move(error)});
  arrived_.notify_all();
}

std::exception_ptr RangeFetcher::error_of_locked(const RangeChunk& chunk) const {
  const auto found = std::find_if(failures_.begin(), failures_.end(), [&](const Failure& failure) {
    return failure.chunk.get() == &chunk;
  });
  return found == failures_.end() ? nullptr : found->error;
}

}  // namespace s3reel::s3
