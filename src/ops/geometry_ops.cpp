#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "media/filter_formats.h"
#include "ops/built_ins.h"
#include "ops/filter_op.h"
#include "ops/pad.h"

namespace s3reel::ops {
namespace {

constexpr int kLargestSide = 16384;

/// A filter that looks at one frame at a time, keeps times and format, and may change the size.
OpFactory reshaped(const std::string& name, std::vector<media::FilterStep> steps) {
  media::FilterRecipe recipe{.steps = std::move(steps)};
  OpContract contract{
      .temporal = Temporal::stateless,
      .formats = media::formats_kept_by(media::filters_of(recipe)),
      .changes_size = true};
  return [name, recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{name, recipe, contract});
  };
}

std::string side(const Parameters& parameters, const std::string& name, int lowest) {
  return std::to_string(parameters.integer(name, lowest, kLargestSide));
}

/// Moved to where chroma samples begin: libavfilter's crop does not, and at more than 8 bits then
/// reads chroma from between two samples (FFmpeg 5.1, libavfilter/vf_crop.c).
std::string on_grid(const std::string& edge, const std::string& grid) {
  return fmt::format("trunc({}/{})*{}", edge, grid, grid);
}

OpFactory make_crop(const Parameters& parameters) {
  return reshaped(
      "crop",
      {{"crop",
        {{"out_w", side(parameters, "w", 1)},
         {"out_h", side(parameters, "h", 1)},
         {"x", on_grid(parameters.has("x") ? side(parameters, "x", 0) : "(in_w-out_w)/2", "hsub")},
         {"y", on_grid(parameters.has("y") ? side(parameters, "y", 0) : "(in_h-out_h)/2", "vsub")},
         {"exact", "1"}}}});
}

OpFactory make_scale(const Parameters& parameters) {
  if (!parameters.has("w") && !parameters.has("h")) {
    parameters.refuse("w", "a size is needed", "write w=1280, or h=720, or both");
  }
  // -2: what keeps the aspect, and even, because most encoders want that.
  return reshaped(
      "scale",
      {{"scale",
        {{"w", parameters.has("w") ? side(parameters, "w", 1) : "-2"},
         {"h", parameters.has("h") ? side(parameters, "h", 1) : "-2"},
         {"flags",
          parameters.choice("method", {"bilinear", "bicubic", "lanczos", "area", "neighbor"}) +
              "+accurate_rnd+full_chroma_int+full_chroma_inp"}}}});
}

OpFactory make_pad(const Parameters& parameters) {
  const auto edge = [&](const std::string& name) {
    return parameters.has(name) ? std::optional(parameters.integer(name, 0, kLargestSide))
                                : std::nullopt;
  };
  const Pad::Settings settings{
      .width = parameters.integer("w", 1, kLargestSide),
      .height = parameters.integer("h", 1, kLargestSide),
      .left = edge("x"),
      .top = edge("y"),
      .color = parameters.color("color")};
  return [settings] {
    return std::make_unique<Pad>(settings);
  };
}

OpFactory make_rotate(const Parameters& parameters) {
  const double angle = parameters.number("angle", -360.0, 360.0);
  const int quarter = static_cast<int>(angle) / 90 % 4;
  if (angle == quarter * 90.0 || angle == 360.0 || angle == -360.0) {
    // Whole turns move samples and change none.
    switch ((quarter + 4) % 4) {
      case 1:
        return reshaped("rotate", {{"transpose", {{"dir", "clock"}}}});
      case 2:
        return reshaped("rotate", {{"hflip", {}}, {"vflip", {}}});
      case 3:
        return reshaped("rotate", {{"transpose", {{"dir", "cclock"}}}});
      default:
        return reshaped("rotate", {{"null", {}}});
    }
  }
  return reshaped(
      "rotate",
      {{"rotate",
        {{"angle", fmt::format("{}*PI/180", angle)}, {"fillcolor", parameters.color("color")}}}});
}

OpFactory make_flip(const Parameters& parameters) {
  const std::string axis = parameters.choice("axis", {"horizontal", "vertical"});
  return reshaped("flip", {{axis == "horizontal" ? "hflip" : "vflip", {}}});
}

ParameterSpec pixels(const std::string& name, const std::string& help, bool required = false) {
  return {.name = name, .value = "N", .fallback = "", .help = help, .required = required};
}

ParameterSpec color(const std::string& fallback, const std::string& help) {
  return {.name = "color", .value = "COLOR", .fallback = fallback, .help = help};
}

}  // namespace

std::vector<BuiltIn> geometry_ops() {
  return {
      {"crop",
       "a part of the picture",
       "crop:w=640,h=360",
       {pixels("w", "width", true),
        pixels("h", "height", true),
        pixels("x", "left edge, at 4:2:0 an even one (default: in the middle)"),
        pixels("y", "upper edge, likewise (default: in the middle)")},
       make_crop},
      {"scale",
       "another size; one side alone keeps the aspect",
       "scale:w=1280",
       {pixels("w", "width"),
        pixels("h", "height"),
        {.name = "method",
         .value = "NAME",
         .fallback = "bicubic",
         .help = "bilinear, bicubic, lanczos, area or neighbor"}},
       make_scale},
      {"pad",
       "a border around the picture",
       "pad:w=1920,h=1080,color=black",
       {pixels("w", "width of all", true),
        pixels("h", "height of all", true),
        pixels("x", "left edge of the picture (default: in the middle)"),
        pixels("y", "upper edge of the picture (default: in the middle)"),
        color("black", "of the border")},
       make_pad},
      {"rotate",
       "turned clockwise; multiples of 90 are exact",
       "rotate:angle=90",
       {{.name = "angle",
         .value = "DEGREES",
         .fallback = "",
         .help = "from -360 to 360",
         .required = true},
        color("black", "of the corners")},
       make_rotate},
      {"flip",
       "mirrored",
       "flip:axis=vertical",
       {{.name = "axis",
         .value = "NAME",
         .fallback = "horizontal",
         .help = "horizontal (left becomes right) or vertical"}},
       make_flip}};
}

}  // namespace s3reel::ops
