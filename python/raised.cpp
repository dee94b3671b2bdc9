#include "raised.h"

#include <algorithm>

#include "errors.h"
#include "lifetime.h"
#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {
namespace {

/// One line; the traceback comes with the exception itself. str() of an exception is code of
/// somebody else's and may raise another one.
std::string words_of(const nb::object& exception) {
  const std::string type = utf8(exception.type().attr("__name__"));
  try {
    std::string message = utf8(exception);
    for (std::size_t at = 0; (at = message.find('\0', at)) != std::string::npos;) {
      message.replace(at, 1, "\\0");  // what is thrown in C++ would end there
    }
    return message.empty() ? type : type + ": " + message;
  } catch (nb::python_error&) {
    return type + ", which could not say why";
  }
}

}  // namespace

Raised::~Raised() {
  const GilHeld gil;
  for (const One& one : all_) {
    Py_DECREF(one.exception);
  }
}

std::string Raised::note(nb::python_error& error) {
  constexpr std::size_t kMost = 32;  // more than there are threads that raise at once
  if (!all_.empty()) {               // the locals of a traceback hold a picture
    nb::module_::import_("traceback")
        .attr("clear_frames")(nb::borrow(all_.back().exception).attr("__traceback__"));
  }
  nb::object exception = exception_of(error);
  std::string words = words_of(exception);
  all_.push_back({words, exception.release().ptr()});
  if (all_.size() > kMost) {
    Py_DECREF(all_.front().exception);
    all_.pop_front();
  }
  return words;
}

nb::object Raised::behind(const std::string& reason) const {
  const auto found = std::find_if(
      all_.rbegin(), all_.rend(), [&](const One& one) { return reason.starts_with(one.words); });
  return found == all_.rend() ? nb::none() : nb::borrow(found->exception);
}

}  // namespace s3reel::python
