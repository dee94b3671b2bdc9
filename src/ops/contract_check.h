#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
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

/// Whether an op makes frames of several sizes out of frames of one, which no encoder takes.
/// Whether that matters is seen behind the last op. All instances of the op tell here. Any thread.
class OneSize {
 public:
  /// Before the op gets a frame of this shape.
  void entered(const FrameShape& shape);

  /// It handed one on.
  void left(const FrameShape& shape);

  /// One on which it failed goes on without it.
  void went_around(const FrameShape& shape, const std::string& reason);

  /// What became of it that should not, as the end of "the op ..."; empty while nothing did.
  [[nodiscard]] std::string fault() const;

  /// Whether all that went in had one size, so that all that comes out should.
  [[nodiscard]] bool is_one() const;

 private:
  void compare();

  mutable std::mutex mutex_;
  bool several_ = false;  ///< sizes have gone in; all are guarded by mutex_
  std::optional<FrameShape> in_;
  std::optional<FrameShape> out_;
  std::optional<FrameShape> around_;
  std::string reason_;
  std::string fault_;
};

/// Holds one instance of an op to its contract. Used by one thread.
class ContractCheck {
 public:
  /// Whether frames on which the op failed go on without it, or not at all.
  enum class Failed { go_around, are_dropped };

  /// A frame as the op got it.
  struct Came {
    media::Instant time;
    FrameShape shape;
    AVPixelFormat home = AV_PIX_FMT_NONE;  ///< see media::Picture
    bool failed = false;                   ///< the op failed on it, which was borne
    bool around = false;                   ///< and it went on without the op
  };

  ContractCheck(OpContract contract, Failed failed)
      : contract_(std::move(contract)), policy_(failed) {}

  /// This frame is the op's next.
  void came(const AVFrame& frame, AVPixelFormat home);

  /// It hands on this one. Returns for which one, or the last, where nobody can know. Throws
  /// BrokenContract.
  Came left(const AVFrame& out);

  /// It has returned from the frame that it got. Throws BrokenContract.
  void returned() const;

  /// It failed on the frame that it got, and that is borne.
  void failed();

  /// `frame` goes on without the op, before anything else that it hands on.
  void went_around(const AVFrame& frame);

  /// It has handed on everything. Throws BrokenContract.
  void ended() const;

  /// Whether the frame that it got has left, so far as that can be known.
  [[nodiscard]] bool has_answered() const;

  /// Whether it may still hand on frames of an earlier time than that of the one that it got.
  [[nodiscard]] bool may_owe() const;

 private:
  Came settle(const AVFrame& out);
  [[nodiscard]] bool owes() const;
  void forget_failures();
  void check_shape(const FrameShape& out, const FrameShape& in) const;
  void check_order(const AVFrame& out) const;

  const OpContract contract_;
  const Failed policy_;
  Came now_;                            ///< that it got last
  bool answered_ = false;               ///< with a frame of that time or later
  std::deque<Came> owed_;               ///< unless it changes the rate: what has not left
  std::optional<media::Instant> last_;  ///< time of the frame that went on last
  bool last_went_around_ = false;       ///< without the op
  double earliest_ = 0.0;               ///< that a frame may be shown, in seconds
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
  std::uint64_t excuses_ = 0;  ///< frames that may be missing because it failed
};

}  // namespace s3reel::ops
