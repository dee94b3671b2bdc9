#include "errors.h"

#include <exception>

#include <nanobind/stl/string.h>

#include "cli/text.h"

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
  const nb::object made = type(cli::without_secrets(error.what()));
  made.attr("operation") = info.operation;
  made.attr("subject") = cli::without_secrets(info.subject);
  made.attr("reason") = cli::without_secrets(info.reason);
  made.attr("hint") = cli::without_secrets(info.hint);
  made.attr("http_status") = info.http_status;
  made.attr("s3_code") = info.s3_code;
  made.attr("request_id") = info.request_id;
  made.attr("retryable") = info.retryable;
  made.attr("exit_code") = static_cast<int>(info.kind);
  if (!cause.is_none()) {
    made.attr("__cause__") = cause;
  }
  PyErr_SetObject(type.ptr(), made.ptr());
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
