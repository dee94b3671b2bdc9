#include <memory>

#include "ops/built_ins.h"
#include "ops/filter_op.h"

namespace s3reel::ops {
namespace {

OpFactory make_fps(const Parameters& parameters) {
  media::FilterRecipe recipe{
      .steps = {
          {"fps",
           {{"fps", parameters.rate("rate")},
            {"round", parameters.choice("round", {"near", "down", "up", "zero", "inf"})}}}}};
  OpContract contract{.temporal = Temporal::sequential, .changes_rate = true};
  return [recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{"fps", recipe, contract});
  };
}

}  // namespace

std::vector<BuiltIn> time_ops() {
  return {
      {"fps",
       "a constant frame rate: frames are repeated or left out",
       "fps:rate=25",
       {{.name = "rate",
         .value = "N",
         .fallback = "",
         .help = "frames a second: 25, 30000/1001",
         .required = true},
        {.name = "round",
         .value = "NAME",
         .fallback = "near",
         .help = "how times are rounded: near, down, up, zero or inf"}},
       make_fps}};
}

}  // namespace s3reel::ops
