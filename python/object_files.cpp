#include "object_files.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "app/report_json.h"
#include "cli/values.h"
#include "interruptible.h"
#include "json_objects.h"
#include "lifetime.h"
#include "options.h"
#include "s3reel/object_io.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

using Bytes = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using ConstBytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// A SourceObject for any number of threads; a signal's handler that raises ends it.
class Source final : public Ending, private StoppedBySignals {
 public:
  Source(const Words& words, const std::string& memory) {
    const Location location = location_of(words);
    const MemorySettings settings = memory_of(memory);
    body_ = run<std::unique_ptr<SourceObject>>(
        [&] { return std::make_unique<SourceObject>(location, settings, voice(), stop_token()); });
  }

  [[nodiscard]] const ObjectFacts& facts() const { return body_->facts(); }

  std::size_t read_at(std::uint64_t offset, const Bytes& out) {
    return run<std::size_t>([&] {
      const std::scoped_lock lock(mutex_);
      return body_->read_at(offset, std::as_writable_bytes(std::span(out.data(), out.size())));
    });
  }

  ~Source() override {
    const GilReleased released;
    body_.reset();
  }

  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  void end() noexcept override { request_stop(); }

 private:
  std::mutex mutex_;
  std::unique_ptr<SourceObject> body_;  ///< its reads are guarded by mutex_
};

/// The same for a SinkObject.
class Sink final : public Ending, private StoppedBySignals {
 public:
  Sink(
      const Words& words,
      const std::string& content_type,
      bool no_clobber,
      const std::string& memory) {
    cli::parse_text({"DESTINATION", bytes_of(words.back())});  // the words call it a source
    const Location location = location_of(words);
    const SinkSettings settings{
        .content_type = content_type, .no_clobber = no_clobber, .memory = memory_of(memory)};
    body_ = run<std::unique_ptr<SinkObject>>(
        [&] { return std::make_unique<SinkObject>(location, settings, voice(), stop_token()); });
  }

  void write(std::uint64_t offset, const ConstBytes& data) {
    run<bool>([&] {
      const std::scoped_lock lock(mutex_);
      body_->write(offset, std::as_bytes(std::span(data.data(), data.size())));
      return true;
    });
  }

  [[nodiscard]] std::uint64_t end_of_data() {
    const GilReleased released;
    const std::scoped_lock lock(mutex_);
    return body_->end();
  }

  nb::dict publish() {
    const SinkFacts facts = run<SinkFacts>(
        [&] {
          const std::scoped_lock lock(mutex_);
          return body_->publish();
        },
        OnRaise::keep_result);
    nb::dict published;
    published["object"] = to_python(app::object_json(facts.object));
    published["checks"] = facts.checks;
    return published;
  }

  void discard() {
    const auto remove = [this] {
      const std::scoped_lock lock(mutex_);
      body_->discard();
      return true;
    };
    if (!is_closing()) {
      run<bool>(remove);
      return;
    }
    const GilReleased released;
    remove();
  }

  ~Sink() override {
    const GilReleased released;
    body_.reset();
  }

  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void end() noexcept override {
    request_stop();
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) {
      body_->discard();
    }
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<SinkObject> body_;  ///< guarded by mutex_
};

}  // namespace

void bind_object_files(nb::module_& module) {
  using HeldSource = Held<Source>;
  using HeldSink = Held<Sink>;
  nb::class_<HeldSource>(module, "Source")
      .def(
          "facts",
          [](const HeldSource& source) { return to_python(app::object_json(source->facts())); })
      .def(
          "read_at",
          [](const HeldSource& source, std::uint64_t offset, const Bytes& out) {
            return source->read_at(offset, out);
          },
          nb::arg("offset"),
          nb::arg("out"));
  nb::class_<HeldSink>(module, "Sink")
      .def(
          "write",
          [](const HeldSink& sink, std::uint64_t offset, const ConstBytes& data) {
            sink->write(offset, data);
          },
          nb::arg("offset"),
          nb::arg("data"))
      .def("end", [](const HeldSink& sink) { return sink->end_of_data(); })
      .def("publish", [](const HeldSink& sink) { return sink->publish(); })
      .def("discard", [](const HeldSink& sink) {
        if (sink.is_here()) {
          sink->discard();
        }
      });
  module.def(
      "open_source",
      [](const Words& words, const std::string& memory) {
        return HeldSource(std::make_shared<Source>(words, memory));
      },
      nb::arg("words"),
      nb::arg("memory"));
  module.def(
      "open_sink",
      [](const Words& words,
         const std::string& content_type,
         bool no_clobber,
         const std::string& memory) {
        return HeldSink(std::make_shared<Sink>(words, content_type, no_clobber, memory));
      },
      nb::arg("words"),
      nb::arg("content_type"),
      nb::arg("no_clobber"),
      nb::arg("memory"));
}

}  // namespace s3reel::python
