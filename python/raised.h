#pragma once

#include <deque>
#include <string>

#include <nanobind/nanobind.h>

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

 private:
  struct One {
    std::string words;
    PyObject* exception;  ///< owned; a nanobind::object would need the GIL to end
  };

  std::deque<One> all_;
};

}  // namespace s3reel::python
