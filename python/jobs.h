#pragma once

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// process(), probe(), the catalogue of ops, and the command itself.
void bind_jobs(nanobind::module_& module);

}  // namespace s3reel::python
