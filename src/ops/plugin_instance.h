#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/log.h"
#include "ops/plugin_frame.h"
#include "ops/plugin_host.h"
#include "ops/plugin_library.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// One instance of a plugin, with the frames and hosts that it may use until it is closed.
class PluginInstance final : public Op {
 public:
  using Given = std::map<std::string, std::string>;

  /// Throws Error{usage} with the plugin's reason.
  PluginInstance(
      std::shared_ptr<const PluginLibrary> library, const Given& parameters, base::Log log);
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;
  ~PluginInstance() override;

  [[nodiscard]] std::string name() const override;

  [[nodiscard]] OpContract contract() const override { return contract_; }

  /// Throws std::runtime_error with what the plugin said.
  void push(Frame frame, const Emit& emit) override;
  void flush(const Emit& emit) override;

 private:
  void describe(const Given& parameters);
  void open(const Given& parameters);

  const std::shared_ptr<const PluginLibrary> library_;
  const base::Log log_;
  PluginFrames frames_;
  PluginHosts hosts_;
  OpContract contract_;
  void* instance_ = nullptr;
};

}  // namespace s3reel::ops
