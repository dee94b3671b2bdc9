#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "media/ptr.h"
#include "media/stream_map.h"
#include "ops/frame_access.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// An op that does not keep what its contract says. Worded as the end of "the op ...".
class BrokenContract final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Frames of one size stay frames of one size, whatever an op makes of them: no encoder takes
/// others. What one worker's instance hands on must fit what all others do. Any thread.
class OneSize {
 public:
  /// How a frame went on: from the op, or around it because it failed.
  enum class Way { through, around };

  /// Before an op gets a frame of this shape.
  void entered(const FrameShape& shape);

  /// Throws BrokenContract.
  void left(const FrameShape& shape, Way way);

 private:
  struct Left {
    FrameShape shape;
    Way way;
  };

  std::mutex mutex_;
  std::optional<FrameShape> in_;  ///< guarded by mutex_
  std::optional<Left> out_;       ///< guarded by mutex_
  bool several_ = false;          ///< sizes have gone in; guarded by mutex_
};

/// Holds one instance of an op to its contract. Used by one thread.
class ContractCheck {
 public:
  /// `sizes` is that of all instances of the op and outlives this.
  ContractCheck(OpContract contract, OneSize& sizes)
      : contract_(std::move(contract)), sizes_(sizes) {}

  /// This frame is the op's next.
  void came(const AVFrame& frame);

  /// The op gets it like this.
  void entered(const AVFrame& frame);

  /// It hands on this one. Throws BrokenContract.
  void left(const AVFrame& out);

  /// It has returned from the frame that it got. Throws BrokenContract.
  void returned() const;

  /// It failed on the frame that it got, and that is borne.
  void failed() { ++failures_; }

  /// Whether `frame` may go on around the op. Throws BrokenContract.
  void check_around(const AVFrame& frame) { sizes_.left(shape_of(frame), OneSize::Way::around); }

  /// It goes on before the op hands on anything else.
  void went_around(const AVFrame& frame) { last_ = {frame.pts, frame.time_base}; }

  /// It has handed on everything. Throws BrokenContract.
  void ended() const;

  /// Whether it has handed on a frame for the one that it got.
  [[nodiscard]] bool has_answered() const { return given_ > 0; }

  /// Whether it may still hand on frames of an earlier time than that of the one that it got.
  [[nodiscard]] bool may_owe() const;

 private:
  void settle(const AVFrame& out);
  void check_shape(const FrameShape& out) const;
  void check_order(const AVFrame& out) const;

  const OpContract contract_;
  OneSize& sizes_;
  FrameShape shape_;                    ///< of the frame that it got last
  std::deque<media::Instant> owed_;     ///< unless it changes the rate: what came and has not left
  std::optional<media::Instant> last_;  ///< time of the frame that it handed on last
  double earliest_ = 0.0;               ///< that a frame may be shown, in seconds
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
  std::uint64_t failures_ = 0;  ///< frames on which it failed, which was borne
  std::uint64_t excused_ = 0;   ///< of those it handed on none for
  std::uint64_t given_ = 0;     ///< frames that it handed on since it got one
};

}  // namespace s3reel::ops
