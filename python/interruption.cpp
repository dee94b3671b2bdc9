#include "interruption.h"

#include <string>
#include <utility>

#include "errors.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

bool is_ours(const nb::handle& frame) {
  const nb::object name = frame.attr("f_globals").attr("get")("__name__");
  const std::string module = utf8(name);
  return module == "s3reel" || module.starts_with("s3reel.");
}

nb::object current_frame() {
  return nb::module_::import_("sys").attr("_getframe")();
}

/// Whose call of this package has not returned yet; None: nobody's.
nb::object caller() {
  nb::object found = nb::none();
  for (nb::object frame = current_frame(); !frame.is_none(); frame = frame.attr("f_back")) {
    if (is_ours(frame)) {
      found = frame.attr("f_back");
    }
  }
  return found;
}

/// An exception, and which call it is not to cut short before what was returned is taken.
nb::tuple kept_for_caller(const nb::object& exception) {
  const nb::object frame = caller();
  return nb::make_tuple(exception, frame, nb::getattr(frame, "f_lasti", nb::none()));
}

bool is_early(const nb::handle& kept) {
  if (!caller().is_none()) {
    return true;
  }
  const nb::object frame = current_frame();
  return frame.is(kept[1]) && frame.attr("f_lasti").equal(kept[2]);
}

/// Called by Python between two steps of the main thread's code.
int raise_kept(void* held) {
  const nb::object kept = nb::steal(static_cast<PyObject*>(held));
  try {
    if (is_early(kept) && Py_AddPendingCall(&raise_kept, held) == 0) {
      kept.inc_ref();
      return 0;
    }
  } catch (nb::python_error&) {  // NOLINT(bugprone-empty-catch): no frame is left, Python ends
  }
  const nb::object exception(kept[0]);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  return -1;
}

/// Handlers of signals run in no other.
bool is_main_thread() {
  const nb::object threading = nb::module_::import_("threading");
  return threading.attr("current_thread")().is(threading.attr("main_thread")());
}

}  // namespace

void Interruption::look(const std::function<void()>& look) {
  if (!came()) {
    look_always(look);
  }
}

void Interruption::look_always(const std::function<void()>& look) {
  try {
    look();
  } catch (nb::python_error& error) {
    if (came()) {
      error.discard_as_unraisable("s3reel, which was interrupted");
    } else {
      raised_.emplace(std::move(error));
    }
  }
}

void Interruption::look_at_signals() {
  look([this] {
    if (PyErr_CheckSignals() != 0) {
      by_signal_ = true;
      throw nb::python_error();
    }
  });
}

void Interruption::raise_now() {
  throw nb::python_error(std::move(*raised_));
}

void Interruption::raise_behind() noexcept {
  if (!came()) {
    return;
  }
  try {
    // Ctrl-C in the middle of a callback looks like what the callback raised.
    by_signal_ = by_signal_ || (!raised_->matches(PyExc_Exception) && is_main_thread());
    if (by_signal_) {
      nb::object kept = kept_for_caller(exception_of(*raised_));
      if (Py_AddPendingCall(&raise_kept, kept.ptr()) == 0) {
        kept.release();
        return;
      }
    }
  } catch (nb::python_error&) {
    // It is told below.
  }
  raised_->discard_as_unraisable("s3reel, whose work had ended");
}

}  // namespace s3reel::python
