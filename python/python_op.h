#pragma once

#include <deque>
#include <memory>
#include <string>

#include <nanobind/nanobind.h>

#include "s3reel/op.h"

namespace s3reel::python {

/// The exceptions that left callables last, for the __cause__ of the job's error: a job may bear
/// some, and others come up while it ends. Touched with the GIL only.
class Raised {
 public:
  Raised() = default;
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;
  ~Raised();

  /// "LookupError: no such face"; keeps the exception.
  std::string note(nanobind::python_error& error);

  /// The newest one whose words begin `reason`; None if there is none.
  [[nodiscard]] nanobind::object behind(const std::string& reason) const;

  /// None if there is none.
  [[nodiscard]] nanobind::object newest() const { return behind({}); }

 private:
  struct One {
    std::string words;
    PyObject* exception;  ///< owned; a nanobind::object would need the GIL to end
  };

  std::deque<One> all_;
};

/// How to make the op of a Python callable, as s3reel._ops describes it (its class Op). Needs the
/// GIL.
OpFactory python_op(nanobind::object op, std::shared_ptr<Raised> raised);

}  // namespace s3reel::python
