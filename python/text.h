#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nanobind/nanobind.h>

namespace s3reel::python {

/// Words from outside as a str: a byte that is not UTF-8 becomes U+FFFD.
nanobind::str text(std::string_view words);

/// The same as os.fsdecode() has it, which os.fsencode() makes the same bytes again.
nanobind::str path_text(std::string_view path);

/// A str, or the str() of anything else, as UTF-8. A surrogate, which has none, is written \udc80.
/// Throws nanobind::python_error where str() does.
std::string utf8(const nanobind::handle& object);

/// What the package made of names, paths and options: bytes, since a path may have any.
using Words = std::vector<nanobind::bytes>;

std::string bytes_of(const nanobind::handle& word);

std::vector<std::string> strings_of(const Words& words);

}  // namespace s3reel::python
