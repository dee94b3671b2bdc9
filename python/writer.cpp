#include "writer.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "app/report_json.h"
#include "frame_view.h"
#include "interruptible.h"
#include "json_objects.h"
#include "lifetime.h"
#include "options.h"
#include "s3reel/writer.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

double value(Rational rational) {
  return static_cast<double>(rational.num) / rational.den;
}

Job job_of(const Words& words) {
  const cli::Invocation asked = asked_by(words);
  if (asked.mode == cli::RunMode::dry_run) {
    refuse_option("dry_run", "s3reel.process() has it");
  }
  if (!asked.report_file.empty()) {
    refuse_option("report", "the writer has it as a dict once it is closed");
  }
  return asked.job;
}

/// Times of frames that come without one: a frame's duration after the last one that had one.
class Times {
 public:
  Times(Rational time_base, Rational frame_rate)
      : ticks_(frame_rate.num > 0 ? 1.0 / (value(frame_rate) * value(time_base)) : 1.0) {}

  [[nodiscard]] std::int64_t next() const {
    return base_ + std::llround(static_cast<double>(since_) * ticks_);
  }

  void advance() { ++since_; }

  void set(std::int64_t pts) {
    base_ = pts;
    since_ = 1;
  }

 private:
  const double ticks_;  ///< of a frame
  std::int64_t base_ = 0;
  std::int64_t since_ = 0;  ///< frames from base_ on, that one among them
};

/// A VideoWriter for any number of threads.
class Writer final : public Ending, private StoppedBySignals {
 public:
  Writer(const Words& words, const std::optional<std::pair<int, int>>& size) {
    Job job = job_of(words);
    const auto [width, height] = size.value_or(std::pair(0, 0));
    body_ = run<std::unique_ptr<VideoWriter>>([&, width = width, height = height] {
      return std::make_unique<VideoWriter>(std::move(job), width, height, voice(), stop_token());
    });
    times_.emplace(body_->video().time_base, body_->video().frame_rate);
  }

  [[nodiscard]] const VideoFacts& video() const { return body_->video(); }

  void write(const nb::object& given, std::optional<std::int64_t> pts) {
    const bool is_frame = nb::isinstance<FrameView>(given);
    Frame frame = is_frame ? nb::cast<FrameView&>(given).share()
                           : frame_of_array(given, body_->model(0), pool_);
    if (is_frame && !pts) {
      pts = std::llround(frame.seconds() / value(video().time_base));
    } else if (is_frame) {
      frame.set_pts(*pts, video().time_base);
    }
    run<bool>([&] {
      const std::scoped_lock lock(mutex_);  // times are given in the order in which frames enter
      if (!is_frame) {
        frame.set_pts(pts.value_or(times_->next()));
      }
      body_->write(std::move(frame));
      pts ? times_->set(*pts) : times_->advance();
      return true;
    });
  }

  nb::object publish() {
    const Report report = run<Report>(
        [&] {
          const std::scoped_lock lock(mutex_);
          return body_->publish();
        },
        OnRaise::keep_result);
    return to_python(app::report_json(report));
  }

  void discard() {
    const GilReleased released;
    request_stop();
    const std::scoped_lock lock(mutex_);
    body_->discard();
  }

  ~Writer() override {
    const GilReleased released;
    body_.reset();
  }

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void end() noexcept override {
    request_stop();
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
      body_->discard();
    }
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<VideoWriter> body_;  ///< writing and publishing are guarded by mutex_
  std::optional<Times> times_;         ///< guarded by mutex_
  FramePool pool_;                     ///< guarded by the GIL
};

}  // namespace

void bind_writer(nb::module_& module) {
  using HeldWriter = Held<Writer>;
  nb::class_<HeldWriter>(module, "Writer")
      .def(
          "write",
          [](const HeldWriter& writer, const nb::object& frame, std::optional<std::int64_t> pts) {
            writer->write(frame, pts);
          },
          nb::arg("frame"),
          nb::arg("pts").none())
      .def("publish", [](const HeldWriter& writer) { return writer->publish(); })
      .def(
          "discard",
          [](const HeldWriter& writer) {
            if (writer.is_here()) {
              writer->discard();
            }
          })
      .def("picture", [](const HeldWriter& writer) { return picture_of(writer->video()); });
  module.def(
      "create",
      [](const Words& words, const std::optional<std::pair<int, int>>& size) {
        return HeldWriter(std::make_shared<Writer>(words, size));
      },
      nb::arg("words"),
      nb::arg("size").none());
}

}  // namespace s3reel::python
