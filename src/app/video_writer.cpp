#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/job_run.h"
#include "app/media_session.h"
#include "app/observer_gate.h"
#include "base/cancelled.h"
#include "media/feed_frame.h"
#include "media/first_frame.h"
#include "media/library.h"
#include "ops/frame_access.h"
#include "s3reel/writer.h"

namespace s3reel {
namespace {

// The job's own queues keep to its memory; these are in the caller's hands almost.
constexpr std::size_t kFramesAhead = 2;

Error misuse(std::string subject, std::string reason, std::string hint = {}) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "write",
      .subject = std::move(subject),
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

}  // namespace

/// The job runs on a thread of its own and takes its frames from a queue.
class VideoWriter::Body {
 public:
  Body(Job job, media::PictureSize size, Observer& observer, std::stop_token stop)
      : job_(std::move(job)),
        on_outer_stop_(std::move(stop), [this] { stop_source_.request_stop(); }),
        gate_(observer, [this] { stop_source_.request_stop(); }),
        frames_({.items = kFramesAhead, .bytes = SIZE_MAX}),
        fed_{.frames = frames_, .size = size},
        run_(std::in_place, job_, gate_, stop_source_, stop_source_.get_token(), &fed_),
        picture_(run_->picture()),
        video_(ops::facts_of(picture_)),
        feeder_(picture_),
        thread_([this] { execute(); }) {}

  ~Body() { discard(); }

  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  [[nodiscard]] const VideoFacts& video() const { return video_; }

  [[nodiscard]] Frame model(std::int64_t pts) const {
    Frame frame = ops::wrap(media::without_pixels(*picture_.like));
    frame.set_pts(pts);
    return frame;
  }

  void write(Frame frame) {
    check_open();
    check_size(frame);
    try {
      frames_.push(feeder_.prepare(ops::unwrap(std::move(frame))));
    } catch (const base::Cancelled&) {
      rethrow_end();
    }
  }

  Report publish() {
    check_open();
    frames_.close();
    thread_.join();
    if (failure_) {
      rethrow_end();
    }
    run_.reset();
    return *std::exchange(report_, std::nullopt);
  }

  void discard() noexcept {
    stop_source_.request_stop();
    frames_.cancel();
    if (thread_.joinable()) {
      thread_.join();
    }
    run_.reset();
  }

 private:
  void execute() {
    try {
      report_ = run_->execute();
    } catch (...) {
      failure_ = std::current_exception();
    }
    frames_.cancel();
  }

  void check_open() const {
    if (!thread_.joinable()) {
      throw misuse(job_.destination.url, "it was published or discarded already");
    }
  }

  void check_size(const Frame& frame) const {
    const FrameShape& wanted = video_.shape;
    if (frame.width() != wanted.width || frame.height() != wanted.height) {
      throw misuse(
          fmt::format("a frame of {}x{}", frame.width(), frame.height()),
          fmt::format("the video has {}x{}", wanted.width, wanted.height),
          "the size is chosen when the video is created");
    }
  }

  /// The job has ended before the last frame: why.
  [[noreturn]] void rethrow_end() {
    if (thread_.joinable()) {
      thread_.join();
    }
    gate_.rethrow_failure();
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    throw base::Cancelled();
  }

  const Job job_;
  std::stop_source stop_source_;
  const std::stop_callback<std::function<void()>> on_outer_stop_;
  app::ObserverGate gate_;
  pipeline::FrameQueue frames_;
  const app::Fed fed_;
  std::optional<app::JobRun> run_;
  const media::Picture picture_;
  const VideoFacts video_;
  media::FrameFeeder feeder_;
  // The thread's until it has ended.
  std::optional<Report> report_;
  std::exception_ptr failure_;
  std::jthread thread_;
};

VideoWriter::VideoWriter(Job job, int width, int height, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::check_job(job);
  if (job.video.codec == "copy") {
    throw misuse("--video-codec copy", "frames cannot be copied", "name an encoder");
  }
  if (width < 0 || height < 0 || (width == 0) != (height == 0)) {
    throw misuse(fmt::format("size {}x{}", width, height), "it takes a width and a height above 0");
  }
  body_ = std::make_unique<Body>(
      std::move(job), media::PictureSize{width, height}, observer, std::move(stop));
}

VideoWriter::~VideoWriter() = default;

const VideoFacts& VideoWriter::video() const {
  return body_->video();
}

Frame VideoWriter::model(std::int64_t pts) const {
  return body_->model(pts);
}

void VideoWriter::write(Frame frame) {
  body_->write(std::move(frame));
}

Report VideoWriter::publish() {
  return body_->publish();
}

void VideoWriter::discard() noexcept {
  body_->discard();
}

}  // namespace s3reel
