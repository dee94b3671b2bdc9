#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "media/converter.h"
#include "media/stream_map.h"
#include "ops/contract_check.h"
#include "ops/format_plan.h"
#include "ops/op_errors.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// A frame on its way through the chain.
struct Item {
  media::FramePtr frame;
  /// The pixel format it had before conversions that only ops needed.
  AVPixelFormat home = AV_PIX_FMT_NONE;
};

using Hand = std::function<void(Item)>;

/// What all links of a chain have in common.
struct LinkContext {
  const std::vector<OpContract>& contracts;
  std::deque<OneSize>& sizes;  ///< one for each op; any link may tell its own
  OpErrors& errors;
  base::Log log;
};

/// An op of the chain, for one of those that run it.
struct Placed {
  std::size_t index = 0;
  std::shared_ptr<Op> op;
  AVRational time_base{0, 1};  ///< of the frames that leave it
  bool flushes = true;         ///< of those that share the instance, one does
};

/// One op in its place: converts what the op does not take, holds it to its contract, and settles
/// its failures. Used by one thread; `op` by several if its contract says so.
class Link {
 public:
  /// So many frames on which the op failed wait for those that it may still hold.
  static constexpr std::size_t kMostWaiting = 8;

  Link(Placed placed, const LinkContext& context);

  void push(Item item, const Hand& hand);

  /// Throws Error{op}: what an op still held cannot go on without it.
  void flush(const Hand& hand);

 private:
  [[nodiscard]] media::FramePtr convert(media::FramePtr frame);
  void attempt(media::FramePtr frame, const Hand& hand);
  void take(Frame one, const Hand& hand);
  void settle(
      const std::exception_ptr& failure, double when, media::FramePtr kept, const Hand& hand);
  void skip(media::FramePtr frame, const std::string& reason, const Hand& hand);
  void put_in_base(AVFrame& frame) const;
  void hand_on(media::FramePtr frame, const ContractCheck::Came& of, const Hand& hand);
  void hand_skipped(std::optional<media::Instant> before, const Hand& hand);
  void hand_around(std::size_t most_left, const Hand& hand);

  const Placed placed_;
  const OpContract contract_;
  const std::string name_;
  const LinkContext context_;
  ContractCheck check_;
  FormatPlan plan_;
  media::PixelConverter converter_ = media::PixelConverter(AV_PIX_FMT_NONE);
  AVPixelFormat converts_from_ = AV_PIX_FMT_NONE;
  AVPixelFormat converts_to_ = AV_PIX_FMT_NONE;
  AVPixelFormat converts_home_ = AV_PIX_FMT_NONE;
  AVPixelFormat home_ = AV_PIX_FMT_NONE;  ///< of the frame that came last
  std::deque<Item> skipped_;              ///< until the op has handed on what came before them
  std::exception_ptr behind_;             ///< what failed where it handed them
  std::exception_ptr broken_;             ///< what it handed on and must not
};

}  // namespace s3reel::ops
