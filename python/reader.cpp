#include "reader.h"

#include <chrono>
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
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "app/report_json.h"
#include "frame_view.h"
#include "interruptible.h"
#include "json_objects.h"
#include "lifetime.h"
#include "options.h"
#include "s3reel/reader.h"
#include "text.h"
#include "voice.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

constexpr std::chrono::milliseconds kLook(50);

/// Frames in one of the caller's formats have pixels of their own; others may be the decoder's.
FrameView::Access access_of(const FrameLook& look) {
  return look.format.empty() ? FrameView::Access::read : FrameView::Access::write;
}

/// A sequence that signals may end.
class Frames final : public Ending {
 public:
  Frames(
      std::shared_ptr<Voice> voice,
      std::unique_ptr<FrameSequence> sequence,
      FrameView::Access access)
      : voice_(std::move(voice)), sequence_(std::move(sequence)), access_(access) {}

  ~Frames() override { close(); }

  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;

  FrameView next() {
    while (true) {
      const Call call;
      std::optional<std::optional<Frame>> taken = look();
      voice_->log();
      if (taken) {
        if (!*taken) {
          throw nb::stop_iteration();
        }
        return FrameView(**std::move(taken), access_);
      }
      if (PyErr_CheckSignals() != 0) {
        close();
        throw nb::python_error();
      }
    }
  }

  void close() {
    const GilReleased released;
    const std::scoped_lock lock(mutex_);
    sequence_.reset();
  }

  void end() noexcept override {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
      sequence_.reset();
    }
  }

 private:
  /// What comes next, a frame or the end; nullopt: nothing yet.
  std::optional<std::optional<Frame>> look() {
    const GilReleased released;
    const std::scoped_lock lock(mutex_);
    if (!sequence_) {
      return std::optional<Frame>();
    }
    if (!sequence_->wait_for(kLook)) {
      return std::nullopt;
    }
    try {
      std::optional<Frame> frame = sequence_->next();
      if (!frame) {
        sequence_.reset();
      }
      return frame;
    } catch (...) {
      sequence_.reset();
      throw;
    }
  }

  const std::shared_ptr<Voice> voice_;  ///< the reader's, which may be gone
  std::mutex mutex_;
  std::unique_ptr<FrameSequence> sequence_;  ///< guarded by mutex_; null: it is over
  const FrameView::Access access_;
};

/// A reader that can be closed.
class Reader final : public Ending {
 public:
  Reader(std::shared_ptr<Voice> voice, std::shared_ptr<VideoReader> reader)
      : voice_(std::move(voice)), reader_(std::move(reader)) {}

  /// Stays as long as the call that asked for it.
  [[nodiscard]] std::shared_ptr<VideoReader> get() const {
    if (!reader_) {
      throw nb::value_error("this video was closed");
    }
    return reader_;
  }

  /// Of the reader and of all that it hands out.
  [[nodiscard]] const std::shared_ptr<Voice>& voice() const { return voice_; }

  void close() {
    std::shared_ptr<VideoReader> last = std::move(reader_);
    const GilReleased released;
    last.reset();
  }

  ~Reader() override { close(); }

  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void end() noexcept override {}  // its sequences and calls do

 private:
  std::shared_ptr<Voice> voice_;
  std::shared_ptr<VideoReader> reader_;  ///< touched with the GIL
};

Held<Reader> open_reader(const Words& words, int threads, const std::string& memory) {
  const Location source = location_of(words);
  const ReaderSettings settings{.threads = threads, .memory = memory_of(memory)};
  const auto voice = std::make_shared<Voice>();
  return Held(std::make_shared<Reader>(
      voice,
      run_interruptibly<std::unique_ptr<VideoReader>>(
          [&](std::stop_token stop) {
            return std::make_unique<VideoReader>(source, settings, *voice, std::move(stop));
          },
          *voice)));
}

FrameLook look_of(const std::string& format, const std::optional<std::pair<int, int>>& size) {
  return {.format = format, .width = size ? size->first : 0, .height = size ? size->second : 0};
}

Held<Frames> frames_of(
    const Held<Reader>& reader,
    double start,
    std::optional<double> end,
    double step,
    const std::string& format,
    const std::optional<std::pair<int, int>>& size) {
  const FrameSelection selection{
      .start = start, .end = end, .step = step, .look = look_of(format, size)};
  using Started = std::unique_ptr<FrameSequence>;
  const std::shared_ptr<VideoReader> video = reader->get();
  return Held(std::make_shared<Frames>(
      reader->voice(),
      run_interruptibly<Started>(
          [&](std::stop_token stop) { return video->frames(selection, std::move(stop)); },
          *reader->voice()),
      access_of(selection.look)));
}

FrameView frame_at(
    const Held<Reader>& reader,
    double seconds,
    const std::string& format,
    const std::optional<std::pair<int, int>>& size) {
  const FrameLook look = look_of(format, size);
  const std::shared_ptr<VideoReader> video = reader->get();
  return FrameView(
      run_interruptibly<Frame>(
          [&](const std::stop_token& stop) { return video->frame_at(seconds, look, stop); },
          *reader->voice()),
      access_of(look));
}

}  // namespace

void bind_reader(nb::module_& module) {
  using HeldFrames = Held<Frames>;
  using HeldReader = Held<Reader>;
  nb::class_<HeldFrames>(module, "FrameSequence", "Frames in order, decoded a few ahead.")
      .def("__iter__", [](const nb::object& self) { return self; })
      .def("__next__", [](const HeldFrames& frames) { return frames->next(); })
      .def(
          "close",
          [](const HeldFrames& frames) {
            if (frames.is_here()) {
              frames->close();
            }
          },
          "Ends decoding; nothing follows.");
  nb::class_<HeldReader>(module, "Reader")
      .def(
          "facts",
          [](const HeldReader& reader) {
            return to_python(app::probe_json(reader->get()->facts()));
          })
      .def("picture", [](const HeldReader& reader) { return picture_of(reader->get()->video()); })
      .def(
          "frames",
          &frames_of,
          nb::arg("start"),
          nb::arg("end").none(),
          nb::arg("step"),
          nb::arg("format"),
          nb::arg("size").none())
      .def("frame_at", &frame_at, nb::arg("seconds"), nb::arg("format"), nb::arg("size").none())
      .def("close", [](const HeldReader& reader) {
        if (reader.is_here()) {
          reader->close();
        }
      });
  module.def("open_reader", &open_reader, nb::arg("words"), nb::arg("threads"), nb::arg("memory"));
}

}  // namespace s3reel::python
