#include "ops/chain.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "media/format_loss.h"
#include "ops/frame_access.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

/// Neighbours that run in the same way.
struct Stretch {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool parallel = false;  ///< stateless, and worth a thread
  bool cheap = true;
};

std::vector<Stretch> stretches(const std::vector<OpContract>& contracts) {
  std::vector<Stretch> all;
  for (std::size_t i = 0; i < contracts.size(); ++i) {
    const bool stateless = contracts[i].temporal == Temporal::stateless;
    if (all.empty() || all.back().parallel != stateless) {
      all.push_back({.begin = i, .parallel = stateless});
    }
    all.back().end = i + 1;
    all.back().cheap = all.back().cheap && contracts[i].cheap;
  }
  for (Stretch& one : all) {
    one.parallel = one.parallel && !one.cheap;
  }
  return all;
}

/// Whatever code of somebody else's throws leaves as an Error.
template <class Question>
void asked(const std::string& op, Question&& question) {
  try {
    std::forward<Question>(question)();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw op_failure(op, "before the first frame", error.what());
  }
}

std::shared_ptr<Op> made_by(const OpFactory& factory) {
  std::shared_ptr<Op> op;
  asked("made by the program", [&] {
    op = factory();
    if (!op) {
      throw std::runtime_error("its factory made none");
    }
  });
  return op;
}

std::vector<std::shared_ptr<Op>> make_all(const std::vector<OpFactory>& factories) {
  std::vector<std::shared_ptr<Op>> ops;
  ops.reserve(factories.size());
  for (const OpFactory& make : factories) {
    ops.push_back(made_by(make));
  }
  return ops;
}

/// Memory is set aside for all of a window.
void check_window(const Op& op, const OpContract& contract) {
  constexpr int kMost = 1000;
  const auto can_be = [](int frames) {
    return frames >= 0 && frames <= kMost;
  };
  if (!can_be(contract.before) || !can_be(contract.after)) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::usage,
        .operation = fmt::format("op {}", op.name()),
        .reason = fmt::format(
            "its window is {} frames before and {} behind", contract.before, contract.after),
        .hint = fmt::format("each is a number from 0 to {}", kMost)});
  }
}

std::vector<OpContract> contracts_of(const std::vector<std::shared_ptr<Op>>& ops) {
  std::vector<OpContract> contracts;
  contracts.reserve(ops.size());
  for (const std::shared_ptr<Op>& op : ops) {
    asked(op->name(), [&] { contracts.push_back(op->contract()); });
    check_window(*op, contracts.back());
  }
  return contracts;
}

/// What one worker decides the others decide too: whoever comes first says it.
base::Log each_once(const base::Log& log) {
  struct Said {
    std::mutex mutex;
    std::set<std::string> lines;  ///< guarded by mutex
  };

  return base::Log(
      [log, said = std::make_shared<Said>()](base::LogLevel level, const std::string& line) {
        const std::scoped_lock lock(said->mutex);
        if (said->lines.insert(line).second) {
          log.write(level, line);
        }
      });
}

std::uint64_t frame_bytes(const FrameShape& shape) {
  return media::picture_bytes(pixel_format(shape.format), shape.width, shape.height);
}

}  // namespace

Chain::Chain(std::vector<OpFactory> factories, const OpErrorSettings& errors, const base::Log& log)
    : factories_(std::move(factories)),
      log_(log),
      first_(make_all(factories_)),
      contracts_(contracts_of(first_)),
      sizes_(contracts_.size()),
      errors_(errors) {
  static_cast<void>(FormatPlan(contracts_));  // throws for formats that nobody knows
}

// An op that works on a frame has it, and the one that it makes of it; where a frame outlives a
// failure, that one too.
Chain::FramesHeld Chain::frames_held() const {
  FramesHeld held;
  const std::size_t one = errors_.keeps_frames() ? 3 : 2;
  for (const Stretch& stretch : stretches(contracts_)) {
    if (stretch.parallel) {
      held.always += ParallelRows::kFramesWaiting;
      held.by_worker += one;
    } else if (!stretch.cheap) {
      held.always += one;
    }
  }
  for (const OpContract& contract : contracts_) {
    if (contract.temporal == Temporal::window) {
      held.always += static_cast<std::size_t>(contract.before + contract.after);
    }
    if (contract.temporal != Temporal::stateless && errors_.keeps_frames()) {
      held.always += Link::kMostWaiting;
    }
  }
  return held;
}

Row Chain::make_row(std::size_t begin, std::size_t end, std::size_t worker, const base::Log& log) {
  const LinkContext context{contracts_, sizes_, errors_, log};
  std::vector<std::unique_ptr<Link>> links;
  for (std::size_t i = begin; i < end; ++i) {
    const Station& station = stations_.at(i);
    const bool shares = worker > 0 && contracts_[i].thread_safe;
    std::shared_ptr<Op> op = worker == 0 || shares ? first_[i] : made_by(factories_[i]);
    if (!shares) {
      asked(op->name(), [&] { op->open(station.in); });
    }
    const AVRational leaves{station.out.time_base.num, station.out.time_base.den};
    links.push_back(std::make_unique<Link>(
        Placed{.index = i, .op = std::move(op), .time_base = leaves, .flushes = !shares}, context));
  }
  return Row(std::move(links));
}

void Chain::start(std::size_t workers, media::Picture picture) {
  walk(std::move(picture), [this](const Op& /*op*/, const Station& station) {
    stations_.push_back(station);
  });
  const base::Log log = each_once(log_);
  for (const Stretch& stretch : stretches(contracts_)) {
    if (!stretch.parallel || workers < 2) {
      stages_.emplace_back(std::make_unique<Row>(make_row(stretch.begin, stretch.end, 0, log)));
      continue;
    }
    std::vector<Row> rows;
    for (std::size_t worker = 0; worker < workers; ++worker) {
      rows.push_back(make_row(stretch.begin, stretch.end, worker, log));
    }
    stages_.emplace_back(std::make_unique<ParallelRows>(std::move(rows)));
  }
}

void Chain::push(media::FramePtr frame, const Hand& hand) {
  const auto home = static_cast<AVPixelFormat>(frame->format);
  push_from(0, {std::move(frame), home}, hand);
}

void Chain::push_from(std::size_t index, Item item, const Hand& hand) {
  if (index == stages_.size()) {
    check_size(*item.frame);
    hand(std::move(item));
    return;
  }
  const Hand next = [&](Item one) {
    push_from(index + 1, std::move(one), hand);
  };
  std::visit([&](auto& stage) { stage->push(std::move(item), next); }, stages_[index]);
}

/// No encoder takes frames of several sizes. Where ops made them, the first that did is to blame;
/// where the source did, that is the encoder's to say.
void Chain::check_size(const AVFrame& out) {
  const bool same = width_ == 0 || (width_ == out.width && height_ == out.height);
  width_ = out.width;
  height_ = out.height;
  if (same || sizes_.empty() || !sizes_.front().is_one()) {
    return;
  }
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    if (std::string fault = sizes_[i].fault(); !fault.empty()) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::op,
          .operation = fmt::format("op {}", first_[i]->name()),
          .subject = frame_at(seconds_of(out)),
          .reason = std::move(fault),
          .hint = errors_.keeps_frames()
                      ? "scale behind it, or --on-op-error drop-frame, makes them one size"
                      : "scale behind it makes them one size"});
    }
  }
}

void Chain::flush(const Hand& hand) {
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const Hand next = [&](Item one) {
      push_from(i + 1, std::move(one), hand);
    };
    std::visit([&](auto& stage) { stage->flush(next); }, stages_[i]);
  }
}

media::Picture Chain::outlook(media::Picture picture) const {
  return walk(std::move(picture), [](const Op& /*op*/, const Station& /*station*/) {});
}

// Frames come back from another colour model, and from finer chroma than they had, as they were.
std::vector<std::string> Chain::losses(media::Picture picture) const {
  std::vector<std::string> all;
  walk(std::move(picture), [&](const Op& op, const Station& at) {
    const int lost = media::format_loss(at.came, at.entry) & media::format_loss(at.home, at.entry) &
                     ~FF_LOSS_COLORSPACE;
    if (lost != 0) {
      all.push_back(
          fmt::format("op {}: {}", op.name(), media::describe_loss(at.came, at.entry, lost)));
    }
  });
  return all;
}

std::uint64_t Chain::largest_frame(media::Picture picture) const {
  std::uint64_t largest = 0;
  walk(std::move(picture), [&](const Op& /*op*/, const Station& at) {
    largest = std::max({largest, frame_bytes(at.in.shape), frame_bytes(at.out.shape)});
  });
  return largest;
}

media::Picture Chain::walk(media::Picture picture, const Look& look) const {
  FormatPlan plan(contracts_);  // of this thread
  AVFrame& like = *picture.like;
  for (std::size_t i = 0; i < first_.size(); ++i) {
    const auto current = static_cast<AVPixelFormat>(like.format);
    const AVPixelFormat entry = plan.entry(i, current, picture.home);
    media::relabel_colour(like, current, entry, picture.home);
    like.format = entry;
    Station station{picture.home, current, entry, facts_of(picture), {}};
    const Op& op = *first_[i];
    asked(op.name(), [&] { station.out = op.output(station.in); });
    look(op, station);
    const VideoFacts& out = station.out;
    like.format = pixel_format(out.shape.format);
    like.width = out.shape.width;
    like.height = out.shape.height;
    like.time_base = {out.time_base.num, out.time_base.den};
    like.sample_aspect_ratio = {out.sample_aspect.num, out.sample_aspect.den};
    media::relabel_colour(like, entry, static_cast<AVPixelFormat>(like.format), picture.home);
    picture.frame_rate = {out.frame_rate.num, out.frame_rate.den};
    if (like.format != entry) {
      picture.home = static_cast<AVPixelFormat>(like.format);
    }
  }
  return picture;
}

}  // namespace s3reel::ops
