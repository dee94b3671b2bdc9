#pragma once

#include <nanobind/nanobind.h>

#include "s3reel/error.h"

namespace s3reel::python {

/// Error leaves C++ as the class of s3reel._errors that its kind names, with the same facts.
void bind_errors(nanobind::module_& module);

/// Sets the Python exception of an error. `cause` becomes its __cause__ where it is no None. Needs
/// the GIL.
void raise(const Error& error, const nanobind::object& cause);

/// The exception itself, with its traceback. Needs the GIL.
nanobind::object exception_of(const nanobind::python_error& error);

}  // namespace s3reel::python
