#pragma once

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// The class under s3reel.create().
void bind_writer(nanobind::module_& module);

}  // namespace s3reel::python
