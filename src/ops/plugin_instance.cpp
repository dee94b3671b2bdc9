#include "ops/plugin_instance.h"

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ops/frame_access.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

/// Parameters as the ABI hands them over.
class ParameterList {
 public:
  explicit ParameterList(const std::map<std::string, std::string>& given) {
    entries_.reserve(given.size());
    for (const auto& [name, value] : given) {
      entries_.push_back({sizeof(s3reel_parameter), name.c_str(), value.c_str()});
      pointers_.push_back(&entries_.back());
    }
  }

  [[nodiscard]] const s3reel_parameter* const* data() const { return pointers_.data(); }

  [[nodiscard]] std::size_t size() const { return pointers_.size(); }

 private:
  std::vector<s3reel_parameter> entries_;
  std::vector<const s3reel_parameter*> pointers_;
};

Temporal temporal_of(std::int32_t kind) {
  switch (kind) {
    case S3REEL_SEQUENTIAL:
      return Temporal::sequential;
    case S3REEL_STATELESS:
      return Temporal::stateless;
    case S3REEL_WINDOW:
      return Temporal::window;
    default:
      throw std::invalid_argument(fmt::format(
          "its contract states a temporal of {}, which this s3reel has no name for", kind));
  }
}

OpContract stated_contract(const s3reel_contract& stated) {
  OpContract contract{
      .temporal = temporal_of(stated.temporal),
      .before = stated.before,
      .after = stated.after,
      .thread_safe = stated.thread_safe != 0,
      .in_place = stated.in_place != 0,
      .changes_size = stated.changes_size != 0,
      .changes_rate = stated.changes_rate != 0,
      .changes_format = stated.changes_format != 0};
  for (const char* const* name = stated.formats; name != nullptr && *name != nullptr; ++name) {
    contract.formats.emplace_back(*name);
  }
  return contract;
}

/// A call before the job begins: what the plugin has against it is the user's to mend.
template <class Call>
void asked(const PluginLibrary& library, Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const std::exception& error) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = fmt::format("plugin {}", library.plugin().name),
        .subject = library.path(),
        .reason = error.what()});
  }
}

}  // namespace

PluginInstance::PluginInstance(
    std::shared_ptr<const PluginLibrary> library, const Given& parameters, base::Log log)
    : library_(std::move(library)),
      log_(std::move(log)),
      hosts_(library_->plugin().name, log_, frames_) {
  asked(*library_, [&] { describe(parameters); });
  asked(*library_, [&] { open(parameters); });
}

void PluginInstance::describe(const Given& parameters) {
  const ParameterList list(parameters);
  s3reel_contract stated{};
  stated.size = sizeof stated;
  hosts_.call("describe", nullptr, [&](const s3reel_host* host) {
    return library_->plugin().describe(host, list.data(), list.size(), &stated);
  });
  contract_ = stated_contract(stated);
}

void PluginInstance::open(const Given& parameters) {
  const s3reel_plugin& plugin = library_->plugin();
  const ParameterList list(parameters);
  bool is_open = false;
  try {
    hosts_.call("open", nullptr, [&](const s3reel_host* host) {
      const std::int32_t code = plugin.open(host, list.data(), list.size(), &instance_);
      is_open = code == 0;
      return code;
    });
  } catch (...) {
    if (is_open) {  // it made an instance, and a callback of it failed
      plugin.close(instance_);
    }
    throw;
  }
}

PluginInstance::~PluginInstance() {
  library_->plugin().close(instance_);
}

std::string PluginInstance::name() const {
  return library_->plugin().name;
}

void PluginInstance::push(Frame frame, const Emit& emit) {
  const PluginFrames::Loan lent(frames_, unwrap(std::move(frame)));
  hosts_.call("push", &emit, [&](const s3reel_host* host) {
    return library_->plugin().push(instance_, host, lent.view());
  });
}

void PluginInstance::flush(const Emit& emit) {
  const s3reel_plugin& plugin = library_->plugin();
  if (plugin.flush == nullptr) {
    return;
  }
  hosts_.call(
      "flush", &emit, [&](const s3reel_host* host) { return plugin.flush(instance_, host); });
}

OpFactory plugin_factory(
    const std::string& path,
    const std::map<std::string, std::string>& parameters,
    const base::Log& log) {
  const auto library = std::make_shared<const PluginLibrary>(path);
  return [library, parameters, log] {
    return std::make_unique<PluginInstance>(library, parameters, log);
  };
}

}  // namespace s3reel::ops
