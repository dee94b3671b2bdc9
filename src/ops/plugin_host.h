#pragma once

#include <array>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "media/ptr.h"
#include "s3reel/op.h"
#include "s3reel/plugin.h"

namespace s3reel::ops {

/// A frame as a plugin sees it, with what its pointers point at.
class PluginFrame {
 public:
  explicit PluginFrame(media::FramePtr frame);
  PluginFrame(const PluginFrame&) = delete;
  PluginFrame& operator=(const PluginFrame&) = delete;
  ~PluginFrame() = default;

  [[nodiscard]] s3reel_frame* view() { return &view_; }

  static PluginFrame& of(s3reel_frame* view) { return *static_cast<PluginFrame*>(view->handle); }

  static const PluginFrame& of(const s3reel_frame* view) {
    return *static_cast<const PluginFrame*>(view->handle);
  }

  [[nodiscard]] const AVFrame& frame() const { return *frame_; }

  void make_writable();

  /// The frame with the time that the plugin gave it.
  media::FramePtr take();

 private:
  void show_pixels();
  void show_side_data();

  media::FramePtr frame_;
  s3reel_frame view_{};
  std::vector<s3reel_side_data> side_data_;
  std::vector<const s3reel_side_data*> side_data_list_;
};

/// What s3reel offers a plugin during one call, and what the plugin said in it. Frames that the
/// plugin keeps outlive it.
class PluginHost {
 public:
  /// `emit` null for describe() and open(). push() comes with the frame that the plugin gets: what
  /// becomes of that is up to the plugin, and if it does nothing it ends with the call.
  PluginHost(const base::Log& log, const Op::Emit* emit, media::FramePtr lent = {});
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;
  ~PluginHost() = default;

  [[nodiscard]] const s3reel_host* view() const { return &view_; }

  [[nodiscard]] s3reel_frame* lent() { return lent_->view(); }

  /// Throws what a callback met, or std::runtime_error with the plugin's reason where `code` is a
  /// failure.
  void check(int code, const char* function) const;

 private:
  template <class Call>
  auto guarded(Call&& call, decltype(call()) failed) noexcept -> decltype(call());

  static PluginHost& of(void* context) { return *static_cast<PluginHost*>(context); }

  [[nodiscard]] std::unique_ptr<PluginFrame> claim(s3reel_frame* frame);

  s3reel_host view_{};
  const base::Log& log_;
  const Op::Emit* emit_;
  std::unique_ptr<PluginFrame> lent_;
  std::string reason_;
  std::exception_ptr met_;  ///< in a callback: no exception may pass through the plugin
};

}  // namespace s3reel::ops
