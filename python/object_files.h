#pragma once

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// What s3reel.open_source() and open_sink() stand on.
void bind_object_files(nanobind::module_& module);

}  // namespace s3reel::python
