#pragma once

/// An op that does what a test wants, and what comes out of a chain of them.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ops/link.h"
#include "s3reel/error.h"
#include "unit/media/frames.h"

namespace s3reel::test {

inline media::FramePtr picture_at(std::int64_t pts) {
  return noise_frame({.pts = pts});
}

struct Out {
  std::vector<media::FramePtr> frames;

  ops::Hand hand() {
    return [this](ops::Item item) {
      frames.push_back(std::move(item.frame));
    };
  }

  [[nodiscard]] std::vector<std::int64_t> times() const {
    std::vector<std::int64_t> all;
    for (const media::FramePtr& frame : frames) {
      all.push_back(frame->pts);
    }
    return all;
  }
};

/// What a test wants it to be.
class Trial final : public Op {
 public:
  struct Parts {
    OpContract contract{};
    std::function<void(Frame, const Emit&)> push = [](Frame frame, const Emit& emit) {
      emit(std::move(frame));
    };
    std::function<void()> open = [] {
    };
    std::function<void()> flush = [] {
    };
  };

  explicit Trial(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::string name() const override { return "trial"; }

  [[nodiscard]] OpContract contract() const override { return parts_.contract; }

  void open(const VideoFacts& /*input*/) override { parts_.open(); }

  void push(Frame frame, const Emit& emit) override { parts_.push(std::move(frame), emit); }

  void flush(const Emit& /*emit*/) override { parts_.flush(); }

 private:
  const Parts parts_;
};

inline OpFactory trial(const Trial::Parts& parts) {
  return [parts] {
    return std::make_unique<Trial>(parts);
  };
}

/// The Error{op} that this ends in.
template <class Action>
ErrorInfo refusal_in(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::op);
    return error.info();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

}  // namespace s3reel::test
