#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include <fmt/format.h>

#include "media/filter_formats.h"
#include "ops/built_ins.h"
#include "ops/filter_op.h"
#include "ops/grayscale.h"
#include "ops/sample_map.h"

namespace s3reel::ops {
namespace {

OpFactory sample_map(const std::string& name, const Curves& curves) {
  return [=] {
    return std::make_unique<SampleMap>(name, curves);
  };
}

OpFactory make_grayscale(const Parameters& /*parameters*/) {
  return [] {
    return std::make_unique<Grayscale>();
  };
}

OpFactory make_invert(const Parameters& /*parameters*/) {
  return sample_map(
      "invert",
      {.light = [](double light) { return 1.0 - light; },
       .chroma =
           [](double c) {
             return -c;
           }});
}

OpFactory make_brightness(const Parameters& parameters) {
  const double value = parameters.number("value", -1.0, 1.0);
  return sample_map("brightness", {.light = [=](double light) {
                      return light + value;
                    }});
}

OpFactory make_contrast(const Parameters& parameters) {
  const double value = parameters.number("value", 0.0, 10.0);
  constexpr double kMiddle = 0.5;
  return sample_map("contrast", {.light = [=](double light) {
                      return (light - kMiddle) * value + kMiddle;
                    }});
}

OpFactory make_gamma(const Parameters& parameters) {
  const double value = parameters.number("value", 0.1, 10.0);
  return sample_map("gamma", {.light = [=](double light) {
                      return light > 0.0 ? std::pow(light, 1.0 / value) : light;
                    }});
}

// The weights in common use since Microsoft's "Sepia Tone" sample (MSDN, 2004); rows above 1 clip.
OpFactory make_sepia(const Parameters& /*parameters*/) {
  media::FilterRecipe recipe{
      .steps = {
          {"colorchannelmixer",
           {{"rr", "0.393"},
            {"rg", "0.769"},
            {"rb", "0.189"},
            {"gr", "0.349"},
            {"gg", "0.686"},
            {"gb", "0.168"},
            {"br", "0.272"},
            {"bg", "0.534"},
            {"bb", "0.131"}}}}};
  OpContract contract{.temporal = Temporal::stateless, .formats = media::formats_kept_by(recipe)};
  return [recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{"sepia", recipe, contract});
  };
}

OpFactory make_blur(const Parameters& parameters) {
  const double sigma = parameters.number("sigma", 0.0, 1024.0);
  media::FilterRecipe recipe{.steps = {{"gblur", {{"sigma", fmt::format("{}", sigma)}}}}};
  OpContract contract{.temporal = Temporal::stateless, .formats = media::formats_kept_by(recipe)};
  return [recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{"blur", recipe, contract});
  };
}

/// Whether a .cube file holds a table for each channel by itself, not one for all three together
/// (Adobe, Cube LUT Specification 1.0).
bool is_one_dimensional(const Parameters& parameters) {
  std::ifstream file(parameters.text("file"));
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("LUT_1D_SIZE")) {
      return true;
    }
    if (line.starts_with("LUT_3D_SIZE")) {
      return false;
    }
  }
  parameters.refuse("file", "no .cube file with a LUT_1D_SIZE or LUT_3D_SIZE", "name a local file");
}

OpFactory make_lut(const Parameters& parameters) {
  const bool one = is_one_dimensional(parameters);
  const std::string interpolation =
      parameters.choice("interp", {"tetrahedral", "trilinear", "nearest"});
  media::FilterRecipe recipe{
      .steps = {{one ? "lut1d" : "lut3d", {{"file", parameters.text("file")}}}}};
  recipe.steps.front().options.emplace_back(
      "interp", one && interpolation != "nearest" ? "linear" : interpolation);
  OpContract contract{.temporal = Temporal::stateless, .formats = media::formats_kept_by(recipe)};
  return [recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{"lut", recipe, contract});
  };
}

ParameterSpec value_of(const std::string& fallback, const std::string& help) {
  return {.name = "value", .value = "N", .fallback = fallback, .help = help};
}

}  // namespace

std::vector<BuiltIn> color_ops() {
  return {
      {"grayscale",
       "the picture without its colour; luma stays bit for bit",
       "grayscale",
       {},
       make_grayscale},
      {"invert", "the negative", "invert", {}, make_invert},
      {"brightness",
       "lighter or darker",
       "brightness:value=0.1",
       {value_of("0", "from -1 (black) to 1 (white)")},
       make_brightness},
      {"contrast",
       "more or less contrast around the middle",
       "contrast:value=1.3",
       {value_of("1", "factor, from 0 (grey) to 10")},
       make_contrast},
      {"gamma",
       "lighter or darker in the middle, black and white stay",
       "gamma:value=1.4",
       {value_of("1", "from 0.1 (dark) to 10 (light)")},
       make_gamma},
      {"sepia", "the brown of old photographs", "sepia", {}, make_sepia},
      {"lut",
       "colours by a table, as grading tools export it",
       "lut:file=look.cube",
       {{.name = "file", .value = "PATH", .fallback = "", .help = "a .cube file", .required = true},
        {.name = "interp",
         .value = "NAME",
         .fallback = "tetrahedral",
         .help = "between the table's points: tetrahedral, trilinear or nearest"}},
       make_lut},
      {"blur",
       "a Gaussian blur",
       "blur:sigma=4",
       {{.name = "sigma", .value = "N", .fallback = "2", .help = "in pixels, up to 1024"}},
       make_blur}};
}

}  // namespace s3reel::ops
