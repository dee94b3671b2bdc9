#include "s3reel/op_catalogue.h"

#include <functional>

#include "app/observer_gate.h"
#include "base/cancelled.h"
#include "media/library.h"
#include "ops/built_ins.h"
#include "ops/plugin_library.h"
#include "ops/plugin_trial.h"

namespace s3reel {
namespace {

PluginDescription examine(
    const PluginOp& plugin, app::ObserverGate& gate, const std::function<void()>& go_on) {
  const base::Log log = gate.log();
  const ops::PluginLibrary library(plugin.path);
  const OpFactory factory = ops::plugin_factory(plugin.path, plugin.parameters, log);
  PluginDescription found{
      .path = plugin.path,
      .name = library.plugin().name,
      .version = library.plugin().version,
      .summary = library.plugin().summary,
      .contract = factory()->contract(),
      .tried = {}};
  found.tried = ops::try_out(factory, log, go_on);
  return found;
}

}  // namespace

std::vector<OpDescription> op_catalogue() {
  std::vector<OpDescription> all;
  for (const ops::BuiltIn& one : ops::built_ins()) {
    all.push_back({one.name, one.summary, one.example, one.parameters});
  }
  return all;
}

PluginDescription check_plugin(const PluginOp& plugin, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::ObserverGate gate(observer);
  const auto go_on = [&] {
    gate.rethrow_failure();
    if (stop.stop_requested()) {
      throw base::Cancelled();
    }
  };
  PluginDescription found;
  try {
    found = examine(plugin, gate, go_on);
  } catch (...) {
    gate.rethrow_failure();
    throw;
  }
  gate.rethrow_failure();
  return found;
}

}  // namespace s3reel
