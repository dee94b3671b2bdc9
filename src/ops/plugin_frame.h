#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "media/ptr.h"
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

  [[nodiscard]] bool is_taken() const { return !frame_; }

  /// Another of the same pixels, with the time that the plugin gave this one.
  [[nodiscard]] media::FramePtr share() const;

  /// What share() leaves behind when the other one stays.
  void show_shared();

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

/// The frames that an instance of a plugin may name: its own, and those lent for a call. They end
/// with it. Any thread may use it; each frame is used by one at a time.
class PluginFrames {
 public:
  /// The plugin's until it is taken or released.
  s3reel_frame* give(media::FramePtr frame);

  /// Throws std::invalid_argument with a sentence for one that the plugin does not have.
  PluginFrame& at(const s3reel_frame* view);

  /// As at().
  media::FramePtr take(const s3reel_frame* view);

  /// Nothing happens to a frame that is lent. Throws as at().
  void release(const s3reel_frame* view);

  /// A frame that the plugin has for one call. It keeps its place until then, even where it was
  /// handed on, so that no other can be taken for it.
  class Loan {
   public:
    Loan(PluginFrames& frames, media::FramePtr frame);
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan();

    [[nodiscard]] s3reel_frame* view() const { return view_; }

   private:
    PluginFrames& frames_;
    s3reel_frame* const view_;
  };

 private:
  struct Entry {
    std::unique_ptr<PluginFrame> frame;
    bool lent;
  };

  s3reel_frame* add(media::FramePtr frame, bool lent);
  Entry& find_locked(const s3reel_frame* view);

  std::mutex mutex_;
  std::unordered_map<const s3reel_frame*, Entry> entries_;  ///< guarded by mutex_
};

}  // namespace s3reel::ops
