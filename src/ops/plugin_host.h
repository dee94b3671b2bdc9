#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "ops/plugin_frame.h"
#include "s3reel/op.h"
#include "s3reel/plugin.h"

namespace s3reel::ops {

/// What s3reel offers a plugin, and what the plugin said in the call that it is in. The view
/// outlives calls: a plugin may log and release frames through it at any time and on any thread.
class PluginHost {
 public:
  using Function = std::function<std::int32_t(const s3reel_host* host)>;

  /// `name` is the plugin's.
  PluginHost(const char* name, const base::Log& log, PluginFrames& frames);
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;
  ~PluginHost() = default;

  [[nodiscard]] const s3reel_host* view() const { return &view_; }

  /// What the next call may hand frames to, null: none. Forgets what the last one said.
  void set_emit(const Op::Emit* emit);

  /// Calls a function of the plugin; one call at a time. Throws what emit() met, or the plugin's
  /// reason where the function returns a failure.
  void call(const char* name, const Function& function);

 private:
  template <class Call>
  auto guarded(Call&& call, decltype(call()) failed) noexcept -> decltype(call());

  static PluginHost& of(void* context) { return *static_cast<PluginHost*>(context); }

  void set_frame_functions();
  std::int32_t emit(s3reel_frame* frame) noexcept;
  void log(std::int32_t level, const char* text) const noexcept;
  void release(const s3reel_frame* frame) const noexcept;

  s3reel_host view_{};
  const char* const name_;
  const base::Log& log_;
  PluginFrames& frames_;

  // Of the call:
  const Op::Emit* emit_ = nullptr;
  std::exception_ptr reason_;  ///< the last one that fail() was told
  std::exception_ptr broken_;  ///< in emit(): whatever the plugin makes of it, the call has failed
};

/// The hosts of an instance: as many as it ever had calls at the same time. Any thread may use it.
class PluginHosts {
 public:
  PluginHosts(const char* name, const base::Log& log, PluginFrames& frames)
      : name_(name), log_(log), frames_(frames) {}

  /// PluginHost::call() of one that is in no other call. `emit` is null for describe() and open().
  void call(const char* name, const Op::Emit* emit, const PluginHost::Function& function);

 private:
  class Turn;

  PluginHost& borrow();
  void give_back(PluginHost& host);

  const char* const name_;
  const base::Log& log_;
  PluginFrames& frames_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PluginHost>> all_;  ///< guarded by mutex_
  std::vector<PluginHost*> idle_;                 ///< guarded by mutex_; has room for all
};

}  // namespace s3reel::ops
