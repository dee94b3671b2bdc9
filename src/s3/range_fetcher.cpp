#include "s3/range_fetcher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"

namespace s3reel::s3 {

namespace {

constexpr std::size_t kRemembered = 64;  // ranges whose times make the median
constexpr int kStragglesAfterMedians = 3;
constexpr std::uint64_t kRequestsPerHedge = 50;

}  // namespace

base::Clock::Duration straggler_patience(
    std::vector<base::Clock::Duration> others, base::Clock::Duration least) {
  if (others.empty()) {
    return least;
  }
  const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
  std::nth_element(others.begin(), middle, others.end());
  return std::max(least, kStragglesAfterMedians * *middle);
}

RangeFetcher::RangeFetcher(
    RangeClient& client,
    base::Clock& clock,
    ObjectName object,
    io::SourceIdentity pinned,
    Setup setup,
    std::stop_token stop)
    : client_(client),
      object_(std::move(object)),
      clock_(clock),
      pinned_(std::move(pinned)),
      max_threads_(static_cast<std::size_t>(std::max(setup.threads, 2))),
      hedge_after_(setup.hedge_after),
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
  queue_.insert(place, Task{.chunk = std::move(chunk), .urgency = urgency});
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
  awaited_ = chunk.get();
  const auto settled = [&] {
    return chunk->filled() > offset || error_of_locked(*chunk) != nullptr;
  };
  while (!settled() && !stop_.stop_requested()) {
    const auto straggles_at = straggles_at_locked(*chunk);
    const auto patience =
        straggles_at ? std::chrono::ceil<base::Clock::Duration>(*straggles_at - clock_.now())
                     : hedge_after_;
    if (patience > base::Clock::Duration::zero()) {
      arrived_.wait_for(lock, stop_, clock_.on_machine(patience), settled);
    } else if (straggles_at) {
      hedge_locked(chunk);
    }
  }
  awaited_ = nullptr;
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
  queue_.push_front(Task{.chunk = chunk, .urgency = Urgency::wanted});
  start_thread_locked();
  work_.notify_one();
}

/// When a range that is on its way counts as a straggler; nullopt while none is due: it has not
/// begun, has its hedge, or there have been enough.
std::optional<base::Clock::Steady> RangeFetcher::straggles_at_locked(const RangeChunk& chunk) {
  const auto is_its = [&](const Task& task) {
    return task.chunk.get() == &chunk;
  };
  const auto hedge_waits = std::any_of(queue_.begin(), queue_.end(), is_its);
  const auto task = std::find_if(running_.begin(), running_.end(), is_its);
  const bool alone = std::count_if(running_.begin(), running_.end(), is_its) == 1;
  if (hedge_waits || !alone || task->hedge || hedged_ >= begun_ / kRequestsPerHedge) {
    return std::nullopt;
  }
  return task->begun + straggler_patience({took_.begin(), took_.end()}, hedge_after_);
}

void RangeFetcher::hedge_locked(const std::shared_ptr<RangeChunk>& chunk) {
  ++hedged_;
  queue_.push_front(Task{.chunk = chunk, .urgency = Urgency::wanted, .hedge = true});
  if (threads_.size() < max_threads_ + 1) {
    threads_.emplace_back([this] { run(); });  // the others may all be held by stragglers
  }
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
    Task task;
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [this] { return ending_ || runnable_locked(); });
      if (ending_) {
        return;
      }
      task = std::move(queue_.front());
      queue_.pop_front();
      task.begun = clock_.now();
      ++begun_;
      running_.push_back(task);
    }
    fetch_one(task);
    end_task(task);
  }
}

void RangeFetcher::end_task(const Task& task) {
  std::vector<std::stop_source> twins;  // have nothing left to bring
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(running_, [&](const Task& one) { return one.stop == task.stop; });
    if (task.chunk->filled() == task.chunk->range().end) {
      took_.push_back(std::chrono::ceil<base::Clock::Duration>(clock_.now() - task.begun));
      if (took_.size() > kRemembered) {
        took_.pop_front();
      }
      for (const Task& one : running_) {
        if (one.chunk == task.chunk) {
          twins.push_back(one.stop);
        }
      }
    }
    work_.notify_one();
  }
  for (std::stop_source& twin : twins) {
    twin.request_stop();
  }
}

void RangeFetcher::fetch_one(const Task& task) {
  std::stop_source stop = task.stop;
  const auto end = [&stop] {
    stop.request_stop();
  };
  const std::stop_callback with_job(stop_, end);
  const std::stop_callback with_chunk(task.chunk->stop().get_token(), end);
  try {
    request_rest(task);
  } catch (...) {
    fail(task, std::current_exception());
  }
}

/// All of the chunk, or what of it a twin has not brought.
void RangeFetcher::request_rest(const Task& task) {
  RangeChunk& chunk = *task.chunk;
  const io::ByteRange rest{.begin = chunk.filled(), .end = chunk.range().end};
  if (rest.begin == rest.end) {
    return;
  }
  std::uint64_t at = rest.begin;
  GetRange request{.object = object_, .range = rest, .pinned = pinned_};
  request.on_bytes = [this, &chunk, &at](std::span<const std::byte> data) {
    const bool wanted = receive(chunk, at, data);
    at += data.size();
    return wanted;
  };
  client_.get_range(request, task.stop.get_token());
  if (chunk.filled() != chunk.range().end) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::unavailable,
        .operation = "read",
        .subject = object_.url(),
        .reason =
            fmt::format("the answer ended at byte {} of {}", chunk.filled(), chunk.range().end)});
  }
}

/// Bytes from `at` on, of which a twin may have brought some.
bool RangeFetcher::receive(RangeChunk& chunk, std::uint64_t at, std::span<const std::byte> data) {
  if (chunk.stop().stop_requested() || !chunk.store(at, data)) {
    return false;
  }
  bool awaited = false;
  {
    const std::scoped_lock lock(mutex_);
    awaited = awaited_ == &chunk;
  }
  if (awaited) {
    arrived_.notify_all();  // without the lock: the reader would wake up only to wait for it
  }
  return true;
}

void RangeFetcher::fail(const Task& task, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  // Gone in the same instant, so that of two that fail one is the last.
  std::erase_if(running_, [&](const Task& one) { return one.stop == task.stop; });
  const bool whole = task.chunk->filled() == task.chunk->range().end;
  if (task.chunk->stop().stop_requested() || whole || twin_is_due_locked(task)) {
    return;  // nobody wants it; a stop of the job wakes the reader by itself
  }
  failures_.push_back({task.chunk, std::move(error)});
  arrived_.notify_all();
}

bool RangeFetcher::twin_is_due_locked(const Task& task) const {
  const auto is_twin = [&](const Task& one) {
    return one.chunk == task.chunk;
  };
  return std::any_of(running_.begin(), running_.end(), is_twin) ||
         std::any_of(queue_.begin(), queue_.end(), is_twin);
}

std::exception_ptr RangeFetcher::error_of_locked(const RangeChunk& chunk) const {
  const auto found = std::find_if(failures_.begin(), failures_.end(), [&](const Failure& failure) {
    return failure.chunk.get() == &chunk;
  });
  return found == failures_.end() ? nullptr : found->error;
}

}  // namespace s3reel::s3
