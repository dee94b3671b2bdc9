#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/log.h"
#include "media/graph_builder.h"
#include "media/ptr.h"

namespace s3reel::media {

/// A libavfilter graph with one picture going in and one coming out, and others that go in under
/// the labels of their inputs, as fast as the graph asks for them. It is built for the first
/// frame, and again when frames change their format, size or colours: what the old one held comes
/// out first, and the inputs go on where they were. Used by one thread.
///
/// Frames come out with times in the time base of those that went in, or, where the graph makes
/// others, in one that keeps them.
class FilterGraph {
 public:
  using Emit = std::function<void(FramePtr)>;

  /// `threads`: of filters that divide their pictures among some; 0: by machine.
  explicit FilterGraph(
      FilterRecipe recipe, int threads = 0, base::Log log = {}, GraphInputs inputs = {});

  /// That the frames that go in are meant for: some filters make the rate of those that come out of
  /// it.
  void set_frame_rate(AVRational rate) { frame_rate_ = rate; }

  /// Throws Error{usage} with libavfilter's reason, GraphInputError for a failure of an input.
  void push(FramePtr frame, const Emit& emit);

  /// No frame follows.
  void flush(const Emit& emit);

  /// What comes out when frames like this go in: a frame without pixels, and the frame rate (0/1 if
  /// unknown). Throws Error{usage} for a graph that cannot be.
  struct Outlook {
    FramePtr frame;
    AVRational frame_rate;
    int converted = 0;  ///< conversions of format or size that libavfilter puts in by itself
  };

  [[nodiscard]] Outlook outlook(const AVFrame& like, AVRational frame_rate) const;

 private:
  void say_conversions() const;
  void rebuild(const AVFrame& like);
  void give_way(const AVFrame& next, const Emit& emit);
  void finish(std::int64_t end, std::int64_t limit, const Emit& emit);
  void drain(std::int64_t limit, const Emit& emit);
  [[nodiscard]] bool is_at(std::int64_t pts, AVRational base, std::int64_t limit) const;
  void hand_out(FramePtr frame, const Emit& emit) const;
  bool feed_inputs(std::int64_t limit);
  FramePtr next_of(const std::string& label, std::int64_t limit);
  [[nodiscard]] bool fits(const AVFrame& frame) const;

  FilterRecipe recipe_;
  int threads_;
  base::Log log_;
  GraphInputs inputs_;
  /// Of each input the frame that is shown now and those after it, for the graph that comes next.
  std::map<std::string, std::deque<FramePtr>> shown_;
  AVRational frame_rate_{0, 1};
  std::int64_t now_ = 0;  ///< time of the frame that went in last
  std::int64_t end_ = 0;  ///< of the same
  BuiltGraph built_;
  FramePtr like_;  ///< without pixels: what built_ is for
};

}  // namespace s3reel::media
