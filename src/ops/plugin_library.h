#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "s3reel/op.h"
#include "s3reel/plugin.h"

namespace s3reel::ops {

/// A shared library with a plugin in it (s3reel/plugin.h). Stays loaded as long as anything made
/// from it lives. Any thread may use it.
class PluginLibrary {
 public:
  /// Throws Error{usage}: not there, not a library, no entry, another ABI, something missing.
  explicit PluginLibrary(const std::string& path);

  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;
  ~PluginLibrary();

  [[nodiscard]] const s3reel_plugin& plugin() const { return *plugin_; }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] const s3reel_plugin* find() const;

  const std::string path_;
  void* handle_ = nullptr;
  const s3reel_plugin* plugin_ = nullptr;
};

/// How to make the library's op with these parameters. Loads it and asks for its contract, so that
/// wrong parameters are found before the job begins. Throws Error{usage}.
OpFactory plugin_factory(
    const std::string& path,
    const std::map<std::string, std::string>& parameters,
    const base::Log& log);

}  // namespace s3reel::ops
