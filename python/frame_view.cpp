#include "frame_view.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

template <class Sample, class Pixels>
nb::object array_over(const Pixels& plane, const SampleLayout& layout, const nb::handle& owner) {
  const auto samples = static_cast<std::size_t>(plane.row_bytes / layout.bytes);
  const auto side_by_side = static_cast<std::size_t>(layout.components);
  const std::array<std::size_t, 3> shape{
      static_cast<std::size_t>(plane.rows), samples / side_by_side, side_by_side};
  const std::array<std::int64_t, 3> strides{
      plane.stride / layout.bytes, static_cast<std::int64_t>(side_by_side), 1};
  const std::size_t dimensions = layout.components > 1 ? 3 : 2;
  return nb::cast(nb::ndarray<nb::numpy, Sample>(
      reinterpret_cast<Sample*>(plane.data), dimensions, shape.data(), owner, strides.data()));
}

nb::object color_of(const Frame& frame) {
  const ColorFacts color = frame.color();
  return nb::module_::import_("s3reel._ops")
      .attr("Color")(color.range, color.primaries, color.transfer, color.matrix);
}

}  // namespace

FrameView::~FrameView() {
  if (!made_.is_here()) {
    static_cast<void>(frame_.release());  // a thread of the parent may have had its pool's lock
  }
}

WritablePlane FrameView::writable_plane(int index) {
  const WritablePlane plane = frame_.writable_plane(index);
  was_written_ = true;
  return plane;
}

Frame FrameView::share() const {
  Frame shared = frame_.share();
  if (was_written_) {
    static_cast<void>(shared.writable_plane(0));  // now the pixels are its own
  }
  return shared;
}

nb::object plane_array(FrameView& view, const nb::handle& self, int plane) {
  Frame& frame = view.frame();
  if (plane < 0 || plane >= frame.plane_count()) {
    throw nb::index_error(
        fmt::format("{} has {} planes", frame.shape().format, frame.plane_count()).c_str());
  }
  const std::optional<SampleLayout> layout = frame.samples(plane);
  if (!layout) {
    throw nb::type_error(
        fmt::format("{} has no samples that numpy can show", frame.shape().format).c_str());
  }
  if (!view.is_writable()) {
    const Plane pixels = frame.plane(plane);
    return layout->bytes == 2 ? array_over<const std::uint16_t>(pixels, *layout, self)
                              : array_over<const std::uint8_t>(pixels, *layout, self);
  }
  const WritablePlane pixels = view.writable_plane(plane);
  return layout->bytes == 2 ? array_over<std::uint16_t>(pixels, *layout, self)
                            : array_over<std::uint8_t>(pixels, *layout, self);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the caller gives its reference up
Frame take_frame(nb::object object) {
  FrameView& view = nb::cast<FrameView&>(object);
  // This reference alone: no array of it lives any more.
  if (Py_REFCNT(object.ptr()) == 1) {
    return std::move(view.frame());
  }
  return view.share();
}

Frame frame_of_array(const nb::handle& array, const Frame& model, FramePool& pool) {
  nb::ndarray<const std::uint8_t, nb::ndim<3>, nb::device::cpu> pixels;
  if (!nb::try_cast(array, pixels, false) || pixels.shape(2) != 3 || pixels.shape(0) == 0 ||
      pixels.shape(1) == 0) {
    const nb::object shape = nb::getattr(array, "shape", nb::none());
    const nb::object dtype = nb::getattr(array, "dtype", nb::none());
    throw nb::type_error(
        fmt::format(
            "a picture is a uint8 array (height, width, 3), not {} of shape {} and dtype {}",
            utf8(array.type().attr("__name__")),
            utf8(shape),
            utf8(dtype))
            .c_str());
  }
  const auto height = static_cast<int>(pixels.shape(0));
  const auto width = static_cast<int>(pixels.shape(1));
  Frame frame = pool.like(model, {.format = "rgb24", .width = width, .height = height});
  const WritablePlane to = frame.writable_plane(0);
  const bool dense = pixels.stride(2) == 1 && pixels.stride(1) == 3;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = pixels.data() + y * pixels.stride(0);
    if (dense) {
      std::memcpy(to.row(y), row, static_cast<std::size_t>(width) * 3);
      continue;
    }
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        to.row(y)[x * 3 + c] = row[x * pixels.stride(1) + c * pixels.stride(2)];
      }
    }
  }
  return frame;
}

namespace {

void bind_pixels(nb::class_<FrameView>& frame) {
  frame
      .def(
          "plane",
          [](const nb::object& self, int index) {
            return plane_array(nb::cast<FrameView&>(self), self, index);
          },
          nb::arg("index") = 0,
          "A numpy array of one plane, (rows, columns) or (rows, columns, n); no copy.")
      .def_prop_ro(
          "planes",
          [](const nb::object& self) {
            nb::list all;
            FrameView& view = nb::cast<FrameView&>(self);
            for (int i = 0; i < view.frame().plane_count(); ++i) {
              all.append(plane_array(view, self, i));
            }
            return all;
          },
          "All planes, as of plane().")
      .def_prop_ro(
          "array",
          [](const nb::object& self) { return plane_array(nb::cast<FrameView&>(self), self, 0); },
          "The first plane; of formats like rgb24 that is all of it.")
      .def(
          "__array__",
          [](const nb::object& self, const nb::object& dtype, const nb::object& copy) {
            const nb::object array = plane_array(nb::cast<FrameView&>(self), self, 0);
            const nb::object numpy = nb::module_::import_("numpy");
            return copy.is(nb::bool_(true)) ? numpy.attr("array")(array, dtype)
                                            : numpy.attr("asarray")(array, dtype);
          },
          nb::arg("dtype") = nb::none(),
          nb::arg("copy") = nb::none(),
          "numpy.asarray(frame) is frame.array.")
      .def(
          "__dlpack__",
          [](const nb::object& self, const nb::kwargs& how) {
            return plane_array(nb::cast<FrameView&>(self), self, 0).attr("__dlpack__")(**how);
          },
          "The same without numpy: torch.from_dlpack(frame) takes the pixels without a copy.")
      .def(
          "__dlpack_device__",
          [](const nb::object& self) {
            return plane_array(nb::cast<FrameView&>(self), self, 0).attr("__dlpack_device__")();
          })
      .def(
          "new",
          [](const FrameView& view,
             std::optional<int> width,
             std::optional<int> height,
             const std::optional<std::string>& format) {
            if (format && format->find('\0') != std::string::npos) {
              throw nb::value_error("format: embedded null byte");
            }
            FrameShape shape = view.frame().shape();
            shape.width = width.value_or(shape.width);
            shape.height = height.value_or(shape.height);
            shape.format = format.value_or(shape.format);
            return FrameView(view.frame().like(shape), FrameView::Access::write);
          },
          nb::arg("width") = nb::none(),
          nb::arg("height") = nb::none(),
          nb::arg("format") = nb::none(),
          "A frame of the same time and colours with pixels of its own, not set.");
}

void bind_facts(nb::class_<FrameView>& frame) {
  frame
      .def_prop_ro(
          "format",
          [](const FrameView& view) { return view.frame().shape().format; },
          "FFmpeg's name of the pixel format.")
      .def_prop_ro(
          "size",
          [](const FrameView& view) {
            return std::make_tuple(view.frame().width(), view.frame().height());
          },
          "(width, height) in pixels, as stored.")
      .def_prop_rw(
          "pts",
          [](const FrameView& view) { return view.frame().pts(); },
          [](FrameView& view, std::int64_t pts) { view.frame().set_pts(pts); },
          "The frame's time in units of time_base.")
      .def_prop_ro(
          "time_base",
          [](const FrameView& view) {
            const Rational base = view.frame().time_base();
            return nb::module_::import_("fractions").attr("Fraction")(base.num, base.den);
          },
          "Seconds, as a Fraction.")
      .def_prop_ro(
          "time",
          [](const FrameView& view) { return view.frame().seconds(); },
          "The frame's time in seconds.")
      .def_prop_ro(
          "color",
          [](const FrameView& view) { return color_of(view.frame()); },
          "How samples become colours: range, primaries, transfer, matrix.");
}

}  // namespace

void bind_frames(nb::module_& module) {
  nb::class_<FrameView> frame(
      module, "Frame", "One picture; its arrays are views of its own pixels.");
  bind_pixels(frame);
  bind_facts(frame);
}

}  // namespace s3reel::python
