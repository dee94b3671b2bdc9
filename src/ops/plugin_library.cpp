#include "ops/plugin_library.h"

#include <cstddef>
#include <utility>

#include <dlfcn.h>
#include <fmt/format.h>

#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

Error refusal(const std::string& path, std::string reason, std::string hint) {
  return Error(ErrorInfo{
      .kind = ErrorKind::usage,
      .operation = "plugin",
      .subject = path,
      .reason = std::move(reason),
      .hint = std::move(hint)});
}

std::string loader_says() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one for each thread
  return text == nullptr ? "the dynamic loader does not say why" : text;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& path) : path_(path) {
  // A bare name would be looked for in the system's folders; users mean the file that they see.
  const std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  handle_ = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    throw refusal(path, loader_says(), "name the shared library, for example ./libmine.so");
  }
  try {
    plugin_ = find();
  } catch (...) {
    dlclose(handle_);
    throw;
  }
}

PluginLibrary::~PluginLibrary() {
  dlclose(handle_);
}

const s3reel_plugin* PluginLibrary::find() const {
  const auto build = "build it against s3reel/plugin.h; docs/plugins.md shows how";
  const auto entry = reinterpret_cast<s3reel_plugin_entry_fn>(dlsym(handle_, S3REEL_PLUGIN_ENTRY));
  if (entry == nullptr) {
    throw refusal(path_, fmt::format("it does not export {}", S3REEL_PLUGIN_ENTRY), build);
  }
  const s3reel_plugin* plugin = entry();
  if (plugin == nullptr) {
    throw refusal(path_, "its entry returned nothing", build);
  }
  constexpr std::size_t kHead = offsetof(s3reel_plugin, abi) + sizeof(plugin->abi);
  if (plugin->size < kHead) {
    throw refusal(path_, "what its entry returned is no s3reel_plugin", build);
  }
  if (plugin->abi != S3REEL_PLUGIN_ABI) {
    throw refusal(
        path_,
        fmt::format(
            "it speaks version {} of the plugin ABI, s3reel speaks {}",
            plugin->abi,
            S3REEL_PLUGIN_ABI),
        "build it again against the headers of this s3reel");
  }
  if (plugin->size < sizeof(s3reel_plugin)) {
    throw refusal(path_, "its s3reel_plugin is shorter than the first version", build);
  }
  const std::pair<bool, const char*> members[] = {
      {plugin->name != nullptr, "name"},
      {plugin->version != nullptr, "version"},
      {plugin->summary != nullptr, "summary"},
      {plugin->describe != nullptr, "describe"},
      {plugin->open != nullptr, "open"},
      {plugin->push != nullptr, "push"},
      {plugin->close != nullptr, "close"}};
  for (const auto& [there, name] : members) {
    if (!there) {
      throw refusal(path_, fmt::format("its s3reel_plugin has no {}", name), build);
    }
  }
  return plugin;
}

}  // namespace s3reel::ops
