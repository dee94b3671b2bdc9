#pragma once

#include <nanobind/nanobind.h>
#include <nlohmann/json.hpp>

#include "s3reel/op.h"

namespace s3reel::python {

/// What Python's json makes of it: the shapes of docs/report.md.
nanobind::object to_python(const nlohmann::ordered_json& json);

/// size, format, frame_rate and time_base of a picture.
nanobind::dict picture_of(const VideoFacts& video);

}  // namespace s3reel::python
