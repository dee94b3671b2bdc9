#include "json_objects.h"

#include <nanobind/stl/string.h>

#include "app/report_json.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

nb::object fraction(Rational value) {
  if (value.num == 0 || value.den == 0) {
    return nb::none();
  }
  return nb::module_::import_("fractions").attr("Fraction")(value.num, value.den);
}

}  // namespace

nb::object to_python(const nlohmann::ordered_json& json) {
  return nb::module_::import_("json").attr("loads")(app::to_text(json));
}

nb::dict picture_of(const VideoFacts& video) {
  nb::dict facts;
  facts["size"] = nb::make_tuple(video.shape.width, video.shape.height);
  facts["format"] = video.shape.format;
  facts["frame_rate"] = fraction(video.frame_rate);
  facts["time_base"] = fraction(video.time_base);
  return facts;
}

}  // namespace s3reel::python
