#include "media/interleaver.h"

#include <algorithm>
#include <utility>

#include "base/cancelled.h"

namespace s3reel::media {
namespace {

// An AVPacket with its buffer's bookkeeping, beside its data.
constexpr std::size_t kPacketOverhead = 512;

std::size_t weight(const AVPacket& packet) {
  return static_cast<std::size_t>(packet.size) + kPacketOverhead;
}

bool earlier(const AVPacket& a, const AVPacket& b) {
  return av_compare_ts(a.dts, a.time_base, b.dts, b.time_base) < 0;
}

// Whether `a` comes less than half a second after `b`.
bool within_run(const AVPacket& a, const AVPacket& b) {
  constexpr AVRational kMicroseconds{1, 1'000'000};
  const std::int64_t distance = av_rescale_q(a.dts, a.time_base, kMicroseconds) -
                                av_rescale_q(b.dts, b.time_base, kMicroseconds);
  return distance < 500'000;
}

}  // namespace

Interleaver::Interleaver(std::vector<Density> streams, std::size_t limit_bytes)
    : limit_bytes_(limit_bytes), streams_(streams.size()) {
  for (std::size_t i = 0; i < streams.size(); ++i) {
    streams_[i].density = streams[i];
  }
}

void Interleaver::push(int stream, PacketPtr packet) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_ || bytes_ < limit_bytes_; });
  if (cancelled_) {
    throw base::Cancelled();
  }
  packet->stream_index = stream;
  bytes_ += weight(*packet);
  streams_[static_cast<std::size_t>(stream)].packets.push_back(std::move(packet));
  changed_.notify_all();
}

void Interleaver::end(int stream) {
  const std::scoped_lock lock(mutex_);
  streams_[static_cast<std::size_t>(stream)].ended = true;
  changed_.notify_all();
}

std::optional<PacketPtr> Interleaver::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_ || ready_locked() || drained_locked(); });
  if (cancelled_) {
    throw base::Cancelled();
  }
  if (drained_locked()) {
    return std::nullopt;
  }
  current_ = choose_locked();
  std::deque<PacketPtr>& packets = streams_[current_].packets;
  PacketPtr packet = std::move(packets.front());
  packets.pop_front();
  bytes_ -= weight(*packet);
  changed_.notify_all();
  return packet;
}

void Interleaver::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return cancelled_ || ready_locked() || drained_locked(); });
  if (cancelled_) {
    throw base::Cancelled();
  }
}

void Interleaver::cancel() noexcept {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

bool Interleaver::ready_locked() const {
  bool any = false;
  bool complete = true;
  for (const Stream& stream : streams_) {
    any = any || !stream.packets.empty();
    complete =
        complete && (stream.density == Density::sparse || stream.ended || !stream.packets.empty());
  }
  return any && (complete || bytes_ >= limit_bytes_);
}

bool Interleaver::drained_locked() const {
  return std::all_of(streams_.begin(), streams_.end(), [](const Stream& stream) {
    return stream.ended && stream.packets.empty();
  });
}

std::optional<std::size_t> Interleaver::earliest_locked() const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    if (!streams_[i].packets.empty() &&
        (!best || earlier(*streams_[i].packets.front(), *streams_[*best].packets.front()))) {
      best = i;
    }
  }
  return best;
}

std::size_t Interleaver::choose_locked() const {
  const std::size_t earliest = earliest_locked().value();
  const std::deque<PacketPtr>& run = streams_[current_].packets;
  if (!run.empty() && within_run(*run.front(), *streams_[earliest].packets.front())) {
    return current_;
  }
  return earliest;
}

}  // namespace s3reel::media
