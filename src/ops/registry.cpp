#include "ops/registry.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ops/built_ins.h"
#include "ops/filter_op.h"
#include "ops/plugin_library.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

OpFactory make(const BuiltInOp& spec, const OpContext& context) {
  std::vector<std::string> names;
  for (const BuiltIn& one : built_ins()) {
    if (one.name == spec.name) {
      return one.make(Parameters(one.name, one.parameters, spec.parameters, context));
    }
    names.push_back(one.name);
  }
  throw Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "op",
      .subject = spec.name,
      .reason = "there is no such op",
      .hint = fmt::format("known ops: {}", fmt::join(names, ", "))});
}

OpFactory make(const GraphOp& spec, const OpContext& context) {
  const media::FilterRecipe recipe{.text = spec.graph};
  media::check_recipe(recipe);
  OpContract contract = contract_of(recipe);
  if (!spec.inputs.empty()) {
    contract.temporal = Temporal::sequential;  // all advance together
  }
  return [recipe, contract, inputs = spec.inputs, context] {
    media::GraphInputs opened;
    for (const auto& [label, location] : inputs) {
      opened[label] = context.open_video(location);
    }
    return std::make_unique<FilterOp>(FilterOp::Settings{
        .name = "filter " + recipe.text,
        .recipe = recipe,
        .contract = contract,
        .inputs = std::move(opened),
        .log = context.log});
  };
}

OpFactory make(const PluginOp& spec, const OpContext& context) {
  return plugin_factory(spec.path, spec.parameters, context.log);
}

OpFactory make(const CustomOp& spec, const OpContext& /*context*/) {
  if (!spec.make) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = "op",
        .subject = spec.name,
        .reason = "it has no function that makes it",
        .hint = "set CustomOp::make"});
  }
  return spec.make;
}

}  // namespace

OpFactory factory(const OpSpec& spec, const OpContext& context) {
  return std::visit([&](const auto& one) { return make(one, context); }, spec);
}

std::vector<OpFactory> factories(const std::vector<OpSpec>& specs, const OpContext& context) {
  std::vector<OpFactory> all;
  all.reserve(specs.size());
  for (const OpSpec& spec : specs) {
    all.push_back(factory(spec, context));
  }
  return all;
}

}  // namespace s3reel::ops
