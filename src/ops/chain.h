#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "media/picture.h"
#include "ops/op_errors.h"
#include "ops/parallel_rows.h"
#include "ops/row.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// The ops of a job, one after the other. Neighbours that are stateless run on several frames at
/// once, the others on the thread that pushes; frames leave in the order in which they came.
/// Used by one thread.
class Chain {
 public:
  /// Makes one of each op.
  Chain(std::vector<OpFactory> factories, const OpErrorSettings& errors, const base::Log& log);

  /// Frames that are in work or wait for their turn, apart from what sequential ops keep.
  struct FramesHeld {
    std::size_t always = 0;
    std::size_t by_worker = 0;  ///< for each of start()'s workers
  };

  [[nodiscard]] FramesHeld frames_held() const;

  /// Before the first frame, once. Makes the ops that workers do not share once more for each.
  /// `picture`: as far as it is known.
  void start(std::size_t workers, media::Picture picture);

  /// Throws Error{op} with the op's name and the frame's time.
  void push(media::FramePtr frame, const Hand& hand);
  void flush(const Hand& hand);

  /// What leaves the chain when this enters it. Any thread may ask, at any time.
  [[nodiscard]] media::Picture outlook(media::Picture picture) const;

  /// What conversions in front of ops lose of this, for the report.
  [[nodiscard]] std::vector<std::string> losses(media::Picture picture) const;

  /// The largest frame that goes into an op or comes out of one, in bytes.
  [[nodiscard]] std::uint64_t largest_frame(media::Picture picture) const;

  [[nodiscard]] const OpErrors& errors() const { return errors_; }

 private:
  using Stage = std::variant<std::unique_ptr<Row>, std::unique_ptr<ParallelRows>>;

  /// An op on the way through the chain.
  struct Station {
    AVPixelFormat home = AV_PIX_FMT_NONE;  ///< see Picture
    AVPixelFormat came = AV_PIX_FMT_NONE;
    AVPixelFormat entry = AV_PIX_FMT_NONE;
    VideoFacts in;
    VideoFacts out;
  };

  using Look = std::function<void(const Op& op, const Station& station)>;

  void push_from(std::size_t index, Item item, const Hand& hand);
  void check_size(const AVFrame& out);
  [[nodiscard]] Row make_row(
      std::size_t begin, std::size_t end, std::size_t worker, const base::Log& log);
  media::Picture walk(media::Picture picture, const Look& look) const;

  std::vector<OpFactory> factories_;
  base::Log log_;
  std::vector<std::shared_ptr<Op>> first_;  ///< one instance of each, for questions
  std::vector<OpContract> contracts_;
  std::deque<OneSize> sizes_;  ///< one for each op
  int width_ = 0;              ///< of the frame that left the chain last
  int height_ = 0;
  OpErrors errors_;
  std::vector<Station> stations_;  ///< what each op is to expect; from start() on
  std::vector<Stage> stages_;
};

}  // namespace s3reel::ops
