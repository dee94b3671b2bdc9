#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ops/op_context.h"
#include "s3reel/op_catalogue.h"

namespace s3reel::ops {

using ParameterSpec = OpParameter;

/// What a user gave to one op. Every getter throws Error{usage} that names the op, the parameter
/// and what it takes.
class Parameters {
 public:
  /// Refuses parameters that the op does not have, and required ones that are not there.
  /// `context` must outlive it.
  Parameters(
      std::string op,
      const std::vector<ParameterSpec>& specs,
      const std::map<std::string, std::string>& given,
      const OpContext& context);

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] const std::string& text(const std::string& name) const;
  [[nodiscard]] double number(const std::string& name, double lowest, double highest) const;
  [[nodiscard]] int integer(const std::string& name, int lowest, int highest) const;
  [[nodiscard]] std::string choice(
      const std::string& name, const std::vector<std::string>& choices) const;

  /// A name that FFmpeg knows, or #RRGGBB[AA], with @alpha.
  [[nodiscard]] std::string color(const std::string& name) const;

  /// The bytes of the file or object that it names.
  [[nodiscard]] std::vector<std::byte> content(const std::string& name, std::uint64_t most) const;

  /// "25", "29.97" or "30000/1001", as a fraction.
  [[nodiscard]] std::string rate(const std::string& name) const;

  /// For rules between parameters.
  [[noreturn]] void refuse(
      const std::string& name, const std::string& reason, const std::string& hint) const;

 private:
  std::string op_;
  std::map<std::string, std::string> values_;
  const OpContext& context_;
};

}  // namespace s3reel::ops
