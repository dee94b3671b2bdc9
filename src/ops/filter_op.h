#pragma once

#include <string>

#include "base/log.h"
#include "media/filter_graph.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// A libavfilter graph as a step of the chain.
class FilterOp final : public Op {
 public:
  struct Settings {
    std::string name;
    media::FilterRecipe recipe;
    OpContract contract;
    media::GraphInputs inputs{};  ///< at most one instance has some
    base::Log log{};
  };

  explicit FilterOp(Settings settings);

  [[nodiscard]] std::string name() const override { return settings_.name; }

  [[nodiscard]] OpContract contract() const override { return settings_.contract; }

  [[nodiscard]] VideoFacts output(const VideoFacts& input) const override;
  void open(const VideoFacts& input) override;
  void push(Frame frame, const Emit& emit) override;
  void flush(const Emit& emit) override;

 private:
  const Settings settings_;
  media::FilterGraph graph_;
};

/// What may be taken for granted of a graph that a user wrote: stateless if all its filters are
/// known to be and none counts frames (docs/processing.md), sequential otherwise; it may change
/// anything.
OpContract contract_of(const media::FilterRecipe& recipe);

}  // namespace s3reel::ops
