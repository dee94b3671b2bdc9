#include "text.h"

namespace nb = nanobind;

namespace s3reel::python {

namespace {

template <class Object>
Object checked(PyObject* made) {
  if (made == nullptr) {
    throw nb::python_error();
  }
  return nb::steal<Object>(made);
}

Py_ssize_t size_of(std::string_view words) {
  return static_cast<Py_ssize_t>(words.size());
}

}  // namespace

nb::str text(std::string_view words) {
  return checked<nb::str>(PyUnicode_DecodeUTF8(words.data(), size_of(words), "replace"));
}

nb::str path_text(std::string_view path) {
  return checked<nb::str>(PyUnicode_DecodeFSDefaultAndSize(path.data(), size_of(path)));
}

std::string utf8(const nb::handle& object) {
  const nb::str words(object);
  return bytes_of(
      checked<nb::bytes>(PyUnicode_AsEncodedString(words.ptr(), "utf-8", "backslashreplace")));
}

std::string bytes_of(const nb::handle& word) {
  const auto bytes = nb::cast<nb::bytes>(word);
  return {bytes.c_str(), bytes.size()};
}

std::vector<std::string> strings_of(const Words& words) {
  std::vector<std::string> strings;
  strings.reserve(words.size());
  for (const nb::bytes& word : words) {
    strings.push_back(bytes_of(word));
  }
  return strings;
}

}  // namespace s3reel::python
