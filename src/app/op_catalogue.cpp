#include "s3reel/op_catalogue.h"

#include "app/observer_gate.h"
#include "base/cancelled.h"
#include "media/library.h"
#include "ops/built_ins.h"
#include "ops/plugin_library.h"
#include "ops/plugin_trial.h"

namespace s3reel {

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
  found.tried = ops::try_out(factory, log, [&stop] {
    if (stop.stop_requested()) {
      throw base::Cancelled();
    }
  });
  return found;
}

}  // namespace s3reel
