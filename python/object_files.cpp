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
#include "interruptible.h"
#include "json_objects.h"
#include "options.h"
#include "s3reel/object_io.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

using Bytes = nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using ConstBytes = nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

/// A SourceObject for any number of threads; a signal's handler that raises ends it.
class Source : private StoppedBySignals {
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

 private:
  std::mutex mutex_;
  std::unique_ptr<SourceObject> body_;  ///< its reads are guarded by mutex_
};

/// The same for a SinkObject.
class Sink : private StoppedBySignals {
 public:
  Sink(
      const Words& words,
      const std::string& content_type,
      bool no_clobber,
      const std::string& memory) {
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

  [[nodiscard]] std::uint64_t end() {
    const nb::gil_scoped_release released;
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
    run<bool>([&] {
      const std::scoped_lock lock(mutex_);
      body_->discard();
      return true;
    });
  }

  ~Sink() {
    const nb::gil_scoped_release released;
    body_.reset();
  }

  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

 private:
  std::mutex mutex_;
  std::unique_ptr<SinkObject> body_;  ///< guarded by mutex_
};

}  // namespace

void bind_object_files(nb::module_& module) {
  nb::class_<Source>(module, "Source")
      .def(nb::init<const Words&, const std::string&>(), nb::arg("words"), nb::arg("memory"))
      .def(
          "facts", [](const Source& source) { return to_python(app::object_json(source.facts())); })
      .def("read_at", &Source::read_at, nb::arg("offset"), nb::arg("out"));
  nb::class_<Sink>(module, "Sink")
      .def(
          nb::init<const Words&, const std::string&, bool, const std::string&>(),
          nb::arg("words"),
          nb::arg("content_type"),
          nb::arg("no_clobber"),
          nb::arg("memory"))
      .def("write", &Sink::write, nb::arg("offset"), nb::arg("data"))
      .def("end", &Sink::end)
      .def("publish", &Sink::publish)
      .def("discard", &Sink::discard);
}

}  // namespace s3reel::python
