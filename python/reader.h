#pragma once

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// The classes under s3reel.open(): Reader and FrameSequence.
void bind_reader(nanobind::module_& module);

}  // namespace s3reel::python
