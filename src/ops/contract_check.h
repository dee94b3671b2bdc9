#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "media/ptr.h"
#include "media/stream_map.h"
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
  /// Before an op gets a frame of this shape.
  void entered(const FrameShape& shape);

  /// Throws BrokenContract.
  void left(const FrameShape& shape);

 private:
  std::mutex mutex_;
  std::optional<FrameShape> in_;   ///< guarded by mutex_
  std::optional<FrameShape> out_;  ///< guarded by mutex_
  bool several_ = false;           ///< sizes have gone in; guarded by mutex_
};

/// Holds one instance of an op to its contract. Used by one thread.
class ContractCheck {
 public:
  /// `sizes` is that of all instances of the op and outlives this.
  ContractCheck(OpContract contract, OneSize& sizes)
      : contract_(std::move(contract)), sizes_(sizes) {}

  /// The frame of this time is the op's next.
  void came(std::int64_t pts);

  /// The op gets it like this.
  void entered(const AVFrame& frame);

  /// It hands on this one. Throws BrokenContract.
  void left(const AVFrame& out);

  /// It has returned from the frame that it got. Throws BrokenContract.
  void returned() const;

  /// It failed on the frame that it got, and that is borne.
  void failed() { ++failures_; }

  /// A frame goes on without the op. Throws BrokenContract.
  void skipped(const AVFrame& frame);

  /// No frame comes: it may hand on at any time what it owes.
  void flushing() { pts_.reset(); }

  /// It has handed on everything. Throws BrokenContract.
  void ended() const;

  /// Whether it has handed on a frame for the one that it got.
  [[nodiscard]] bool has_answered() const { return given_ > 0; }

 private:
  [[nodiscard]] bool keeps_rate() const;
  void check_shape(const FrameShape& out) const;
  void check_time(const AVFrame& out) const;

  const OpContract contract_;
  OneSize& sizes_;
  FrameShape shape_;                    ///< of the frame that it got last
  std::optional<std::int64_t> pts_;     ///< the same
  std::optional<media::Instant> last_;  ///< time of the frame that it handed on last
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
  std::uint64_t failures_ = 0;  ///< frames on which it failed, which was borne
  std::uint64_t given_ = 0;     ///< frames that it handed on for the one that it got
};

}  // namespace s3reel::ops
