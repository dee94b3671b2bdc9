#pragma once

#include <memory>

#include <nanobind/nanobind.h>

#include "raised.h"
#include "s3reel/op.h"

namespace s3reel::python {

/// How to make the op of a Python callable, as s3reel._ops describes it (its class Op). Needs the
/// GIL.
OpFactory python_op(nanobind::object op, std::shared_ptr<Raised> raised);

}  // namespace s3reel::python
