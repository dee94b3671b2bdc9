#include "errors.h"

#include <exception>
#include <string>

#include "cli/text.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

const char* class_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "UsageError";
    case ErrorKind::input:
      return "InputError";
    case ErrorKind::refused:
      return "StoreRefused";
    case ErrorKind::unavailable:
      return "StoreUnavailable";
    case ErrorKind::op:
      return "OpError";
    case ErrorKind::loss:
      return "LossError";
    case ErrorKind::interrupted:
      return "Interrupted";
    case ErrorKind::internal:
      break;
  }
  return "InternalError";
}

}  // namespace

void raise(const Error& error, const nb::object& cause) {
  const ErrorInfo& info = error.info();
  const nb::object type = nb::module_::import_("s3reel._errors").attr(class_of(info.kind));
  // Tracebacks go to logs: an address that was presigned is not to be used by who reads them.
  const auto safe = [](const std::string& words) {
    return text(cli::without_secrets(words));
  };
  const nb::object made = type(safe(error.what()));
  made.attr("operation") = text(info.operation);
  made.attr("subject") = safe(info.subject);
  made.attr("reason") = safe(info.reason);
  made.attr("hint") = safe(info.hint);
  made.attr("http_status") = info.http_status;
  made.attr("s3_code") = text(info.s3_code);
  made.attr("request_id") = text(info.request_id);
  made.attr("retryable") = info.retryable;
  made.attr("exit_code") = static_cast<int>(info.kind);
  if (!cause.is_none()) {
    made.attr("__cause__") = cause;
  }
  PyErr_SetObject(type.ptr(), made.ptr());
}

nb::object exception_of(const nb::python_error& error) {
#if PY_VERSION_HEX < 0x030C0000
  // It may still be only what the exception is to be made of.
  PyObject* type = error.type().inc_ref().ptr();
  PyObject* value = error.value().inc_ref().ptr();
  PyObject* trace = error.traceback().inc_ref().ptr();
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace != nullptr) {
    PyException_SetTraceback(value, trace);
  }
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return nb::steal(value);
#else
  return nb::borrow(error.value());
#endif
}

void bind_errors(nb::module_& /*module*/) {
  nb::register_exception_translator([](const std::exception_ptr& thrown, void* /*unused*/) {
    try {
      std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error, nb::none());
    }
  });
}

}  // namespace s3reel::python
