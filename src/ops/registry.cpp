#include "ops/registry.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ops/grayscale.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

struct Entry {
  const char* name;
  OpPtr (*make)(const OpSpec&);
};

void refuse_parameters(const OpSpec& spec) {
  if (!spec.parameters.empty()) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "op",
        .subject = spec.name,
        .reason = fmt::format("it has no parameter '{}'", spec.parameters.begin()->first),
        .hint = fmt::format("{} takes none", spec.name)});
  }
}

constexpr std::array kOps{Entry{"grayscale", [](const OpSpec& spec) -> OpPtr {
                                  refuse_parameters(spec);
                                  return std::make_unique<Grayscale>();
                                }}};

}  // namespace

OpPtr make_op(const OpSpec& spec) {
  for (const Entry& entry : kOps) {
    if (spec.name == entry.name) {
      return entry.make(spec);
    }
  }
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "op",
      .subject = spec.name,
      .reason = "there is no such op",
      .hint = fmt::format("known ops: {}", fmt::join(op_names(), ", "))});
}

std::vector<OpPtr> make_ops(const std::vector<OpSpec>& specs) {
  std::vector<OpPtr> ops;
  ops.reserve(specs.size());
  for (const OpSpec& spec : specs) {
    ops.push_back(make_op(spec));
  }
  return ops;
}

std::vector<std::string> op_names() {
  std::vector<std::string> names;
  names.reserve(kOps.size());
  for (const Entry& entry : kOps) {
    names.emplace_back(entry.name);
  }
  return names;
}

}  // namespace s3reel::ops
