#include "app/frame_sequence.h"

#include <exception>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"
#include "media/codec_memory.h"
#include "media/frame_walk.h"
#include "ops/frame_access.h"

namespace s3reel::app {
namespace {

constexpr std::size_t kFramesAhead = 4;

class Sequence final : public FrameSequence {
 public:
  Sequence(
      std::shared_ptr<ReaderCore> core,
      std::unique_ptr<SourceEntry> entry,
      const FrameSelection& selection)
      : core_(std::move(core)),
        entry_(std::move(entry)),
        selection_(selection),
        look_(selection.look),
        frames_({.items = kFramesAhead, .bytes = core_->frame_bytes()}),
        producer_([this](const std::stop_token& broken_off) { produce(broken_off); }) {}

  // The thread is told to stop and joined by its own destructor, which comes first.
  ~Sequence() override = default;

  bool wait_for(std::chrono::milliseconds patience) override { return frames_.wait_for(patience); }

  std::optional<Frame> next() override {
    if (auto frame = frames_.pop()) {
      return ops::wrap(look_.convert(std::move(*frame)));
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return std::nullopt;
  }

 private:
  void produce(const std::stop_token& broken_off) {
    try {
      decode(broken_off);
      // What was stopped is of no use any more.
      if (!broken_off.stop_requested()) {
        core_->give_back(std::move(entry_));
      }
    } catch (...) {
      failure_ = std::current_exception();
    }
    frames_.close();
  }

  void decode(const std::stop_token& broken_off) {
    const std::stop_callback on_stop(broken_off, [this] {
      frames_.cancel();
      entry_->stop();
    });
    media::walk(entry_->cursor(), selection_, [&](media::FramePtr frame) {
      const auto bytes = static_cast<std::size_t>(media::buffer_bytes(*frame));
      frames_.push(std::move(frame), bytes);
    });
  }

  const std::shared_ptr<ReaderCore> core_;
  std::unique_ptr<SourceEntry> entry_;  ///< the producer's
  const FrameSelection selection_;
  media::LookConverter look_;  ///< of the thread that takes frames, while the next are decoded
  base::BoundedQueue<media::FramePtr> frames_;
  std::exception_ptr failure_;  ///< the producer's until it closes the queue
  std::jthread producer_;
};

}  // namespace

std::unique_ptr<FrameSequence> start_sequence(
    std::shared_ptr<ReaderCore> core,
    std::unique_ptr<SourceEntry> entry,
    const FrameSelection& selection) {
  return std::make_unique<Sequence>(std::move(core), std::move(entry), selection);
}

}  // namespace s3reel::app
