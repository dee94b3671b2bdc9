#include "s3/object_reader.h"

#include <algorithm>
#include <utility>

#include "base/cancelled.h"

namespace s3reel::s3 {
namespace {

/// A cursor that was not used while so many budgets' worth of bytes were read elsewhere is idle.
constexpr std::uint64_t kIdleBudgets = 2;
/// Read-ahead leaves this share of the budget to the first windows of other places.
constexpr std::uint64_t kKeepFreeDivisor = 8;

}  // namespace

std::unique_ptr<ObjectReader> ObjectReader::open(
    RangeClient& client,
    base::Clock& clock,
    const ObjectName& object,
    const ReaderSettings& settings,
    std::stop_token stop) {
  const auto pool = std::make_shared<BlockPool>();
  std::shared_ptr<RangeChunk> first;
  GetRange request{.object = object, .range = {.begin = 0, .end = settings.first_window}};
  request.on_answer = [&first, &pool](const RangeAnswer& answer) {
    if (!first) {
      first = std::make_shared<RangeChunk>(answer.range, base::ByteBudget::Token(), pool);
    }
  };
  request.on_bytes = [&first](std::span<const std::byte> data) {
    return first->store(first->filled(), data);
  };
  RangeAnswer answer = client.get_range(request, stop);
  if (!first || first->filled() != first->range().end) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::unavailable,
        .operation = "read",
        .subject = object.url(),
        .reason = "the answer ended early"});
  }
  return std::unique_ptr<ObjectReader>(new ObjectReader(
      client,
      clock,
      object,
      settings,
      {.identity = std::move(answer.identity), .first = std::move(first), .pool = pool},
      std::move(stop)));
}

ObjectReader::ObjectReader(
    RangeClient& client,
    base::Clock& clock,
    const ObjectName& object,
    const ReaderSettings& settings,
    Opening opening,
    std::stop_token stop)
    : identity_(std::move(opening.identity)),
      settings_(settings),
      pool_(std::move(opening.pool)),
      stop_(stop),
      budget_(settings.budget),
      read_blocks_(static_cast<std::size_t>(identity_.size / kBlockBytes + 1)),
      fetcher_(
          client,
          clock,
          object,
          identity_,
          {.threads = settings.fetchers, .hedge_after = settings.hedge_after},
          std::move(stop)) {
  ReadCursor& cursor = cursors_.emplace_front(0, settings_);
  opening.first->charge(budget_.reserve(opening.first->range().end, stop_));
  cursor.frontier = opening.first->range().end;
  cursor.chunks.push_back(std::move(opening.first));
}

std::size_t ObjectReader::read_at(std::uint64_t offset, std::span<std::byte> out) {
  if (stop_.stop_requested()) {
    throw base::Cancelled();
  }
  if (offset >= identity_.size || out.empty()) {
    return 0;
  }
  std::optional<Place> found = locate(offset);
  const Place place = found ? *std::move(found) : ask_for(offset);
  ReadCursor& cursor = *place.cursor;
  if (place.chunk->filled() <= offset) {
    cursor.on_stall(*place.chunk, settings_);
    read_ahead(cursor);
    fetcher_.await(place.chunk, offset);
  }
  const std::size_t count = place.chunk->read(offset, out);
  mark_read(*place.chunk, offset);
  delivered_ += count;
  cursor.last_use = delivered_;
  cursor.on_read(*place.chunk, offset, count, settings_);
  cursor.release_behind(settings_);
  read_ahead(cursor);
  return count;
}

void ObjectReader::plan(const std::vector<io::ByteRange>& ranges) {
  plan_ = ReadPlan(ranges);
}

/// The chunk that holds the byte; its cursor becomes the most recently used.
std::optional<ObjectReader::Place> ObjectReader::locate(std::uint64_t offset) {
  for (auto cursor = cursors_.begin(); cursor != cursors_.end(); ++cursor) {
    if (auto chunk = cursor->find(offset)) {
      cursors_.splice(cursors_.begin(), cursors_, cursor);
      return Place{.cursor = &*cursor, .chunk = std::move(chunk)};
    }
  }
  return std::nullopt;
}

/// Nobody has asked for this byte: it is fetched at once, with a window's worth of what follows.
ObjectReader::Place ObjectReader::ask_for(std::uint64_t offset) {
  ReadCursor& cursor = cursor_for(offset);
  cursor.rereads = was_read(offset);
  const std::uint64_t wanted = cursor.phase == ReadCursor::Phase::fresh
                                   ? settings_.first_window
                                   : cursor.request_bytes(share(), settings_);
  // Ends at a block's end, so that the next request begins with a whole block.
  const std::uint64_t end = (offset + wanted + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
  const auto planned = plan_.next(offset, identity_.size);
  const bool in_plan = planned && planned->begin == offset;
  io::ByteRange range{
      .begin = offset,
      .end = end_of_free(offset, std::min(end, in_plan ? planned->end : identity_.size))};
  auto token = budget_.try_reserve(range.end - range.begin);
  if (!token) {
    // Rather a small request than one that drives out what other places have read ahead.
    range.end = std::min(range.end, offset + settings_.first_window);
    token = reserve_wanted(cursor, range.end - range.begin);
  }
  add(cursor, range, *std::move(token), RangeFetcher::Urgency::wanted);
  return {.cursor = &cursor, .chunk = cursor.chunks.back()};
}

/// The cursor that this read continues, after a short jump at most, or a new one.
ReadCursor& ObjectReader::cursor_for(std::uint64_t offset) {
  const auto continued =
      std::find_if(cursors_.begin(), cursors_.end(), [&](const ReadCursor& cursor) {
        return offset >= cursor.frontier && offset - cursor.frontier <= settings_.short_jump;
      });
  if (continued != cursors_.end()) {
    cursors_.splice(cursors_.begin(), cursors_, continued);
    return cursors_.front();
  }
  if (cursors_.size() >= settings_.cursors) {
    drop_oldest();
  }
  ReadCursor& cursor = cursors_.emplace_front(offset, settings_);
  cursor.last_use = delivered_;
  return cursor;
}

void ObjectReader::drop(std::list<ReadCursor>::iterator cursor) {
  for (const auto& chunk : cursor->chunks) {
    fetcher_.cancel(chunk);
  }
  cursors_.erase(cursor);
}

void ObjectReader::drop_oldest() {
  drop(std::prev(cursors_.end()));
}

void ObjectReader::read_ahead(ReadCursor& cursor) {
  const std::uint64_t limit = share();
  while (cursor.wants_more(limit, settings_)) {
    const auto range = next_range(cursor, cursor.request_bytes(limit, settings_));
    if (!range) {
      return;
    }
    auto token = reserve_ahead(cursor, range->end - range->begin);
    if (!token) {
      cursor.on_shortage(settings_);
      return;
    }
    add(cursor, *range, *std::move(token), RangeFetcher::Urgency::ahead);
  }
}

std::optional<io::ByteRange> ObjectReader::next_range(
    const ReadCursor& cursor, std::uint64_t bytes) const {
  const auto planned = plan_.next(cursor.frontier, identity_.size);
  if (!planned || held(planned->begin) || (!cursor.rereads && was_read(planned->begin))) {
    return std::nullopt;
  }
  // Up to a block's end, and to the object's end when little would be left for the next request.
  std::uint64_t end = (planned->begin + bytes) / kBlockBytes * kBlockBytes;
  end = end <= planned->begin ? planned->begin + bytes : end;
  end = planned->end - std::min(end, planned->end) < kBlockBytes ? planned->end : end;
  end = end_of_free(planned->begin, end);
  for (std::uint64_t block = planned->begin / kBlockBytes + 1;
       !cursor.rereads && block * kBlockBytes < end;
       ++block) {
    if (was_read(block * kBlockBytes)) {
      end = block * kBlockBytes;
    }
  }
  return io::ByteRange{.begin = planned->begin, .end = end};
}

/// The first byte from `from` on that some chunk holds or brings, at most `to`.
std::uint64_t ObjectReader::end_of_free(std::uint64_t from, std::uint64_t to) const {
  for (const ReadCursor& cursor : cursors_) {
    for (const auto& chunk : cursor.chunks) {
      to = std::min(to, chunk->next_held(from).value_or(to));
    }
  }
  return to;
}

bool ObjectReader::held(std::uint64_t offset) const {
  return std::any_of(cursors_.begin(), cursors_.end(), [offset](const ReadCursor& cursor) {
    return cursor.find(offset) != nullptr;
  });
}

std::optional<base::ByteBudget::Token> ObjectReader::reserve_ahead(
    ReadCursor& cursor, std::uint64_t bytes) {
  const std::uint64_t keep_free = settings_.budget / kKeepFreeDivisor;
  if (auto token = budget_.try_reserve(bytes, keep_free)) {
    return token;
  }
  cursor.release_skipped(settings_);
  while (&cursors_.back() != &cursor && idle(cursors_.back())) {
    drop_oldest();
  }
  return budget_.try_reserve(bytes, keep_free);
}

/// The reader cannot go on without these bytes, so whatever else is held has to go, the place used
/// longest ago first. What is still on its way gives its share back once its request has ended.
base::ByteBudget::Token ObjectReader::reserve_wanted(ReadCursor& cursor, std::uint64_t bytes) {
  auto token = budget_.try_reserve(bytes);
  if (!token) {
    cursor.release_skipped(settings_);
    token = budget_.try_reserve(bytes);
  }
  while (!token && &cursors_.back() != &cursor) {
    drop_oldest();
    token = budget_.try_reserve(bytes);
  }
  if (token) {
    return *std::move(token);
  }
  for (const auto& chunk : cursor.chunks) {
    fetcher_.cancel(chunk);
  }
  cursor.chunks.clear();
  return budget_.reserve(bytes, stop_);
}

void ObjectReader::add(
    ReadCursor& cursor,
    io::ByteRange range,
    base::ByteBudget::Token token,
    RangeFetcher::Urgency urgency) {
  auto chunk = std::make_shared<RangeChunk>(range, std::move(token), pool_);
  cursor.chunks.push_back(chunk);
  cursor.frontier = range.end;
  fetcher_.fetch(std::move(chunk), urgency);
}

/// How far one cursor may read ahead: cursors in use share what is not kept free.
std::uint64_t ObjectReader::share() const {
  const auto active = std::count_if(cursors_.begin(), cursors_.end(), [this](const auto& cursor) {
    return cursor.phase == ReadCursor::Phase::reading && !idle(cursor);
  });
  const std::uint64_t usable = settings_.budget - settings_.budget / kKeepFreeDivisor;
  return usable / static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(active, 1));
}

bool ObjectReader::idle(const ReadCursor& cursor) const {
  return delivered_ - cursor.last_use > kIdleBudgets * settings_.budget;
}

bool ObjectReader::was_read(std::uint64_t offset) const {
  return read_blocks_[static_cast<std::size_t>(offset / kBlockBytes)];
}

/// Only blocks that a chunk covers wholly: a part of a block being read says nothing about the
/// rest.
void ObjectReader::mark_read(const RangeChunk& chunk, std::uint64_t offset) {
  const std::uint64_t begin = offset / kBlockBytes * kBlockBytes;
  const std::uint64_t end = std::min(begin + kBlockBytes, identity_.size);
  if (chunk.range().begin <= begin && end <= chunk.range().end) {
    read_blocks_[static_cast<std::size_t>(offset / kBlockBytes)] = true;
  }
}

}  // namespace s3reel::s3
