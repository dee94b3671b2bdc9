#include <memory>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "media/filter_formats.h"
#include "media/still.h"
#include "ops/built_ins.h"
#include "ops/filter_op.h"
#include "ops/place.h"
#include "ops/redact.h"
#include "ops/watermark.h"

namespace s3reel::ops {
namespace {

constexpr int kLargestPlace = 65535;
constexpr std::uint64_t kLargestJson = 16 * base::kMiB;
constexpr std::uint64_t kLargestPicture = 64 * base::kMiB;

/// Where words lie, as drawtext's expressions.
std::pair<std::string, std::string> place_of(const Parameters& parameters) {
  const std::string margin = std::to_string(parameters.integer("margin", 0, kLargestPlace));
  const std::string at = parameters.choice("at", places());
  const std::string x = at.ends_with("left")    ? margin
                        : at.ends_with("right") ? "w-text_w-" + margin
                                                : "(w-text_w)/2";
  const std::string y = at.starts_with("top")      ? margin
                        : at.starts_with("bottom") ? "h-text_h-" + margin
                                                   : "(h-text_h)/2";
  return {x, y};
}

OpFactory drawn_text(
    const std::string& name,
    const Parameters& parameters,
    std::vector<std::pair<std::string, std::string>> what) {
  const auto [x, y] = place_of(parameters);
  std::vector<std::pair<std::string, std::string>> options = std::move(what);
  options.insert(
      options.end(),
      {{"x", x},
       {"y", y},
       {"fontsize", std::to_string(parameters.integer("size", 4, 1000))},
       {"fontcolor", parameters.color("color")},
       {"font", parameters.text("font")}});
  if (parameters.has("box")) {
    options.insert(
        options.end(), {{"box", "1"}, {"boxcolor", parameters.color("box")}, {"boxborderw", "6"}});
  }
  media::FilterRecipe recipe{.steps = {{"drawtext", std::move(options)}}};
  OpContract contract{
      .temporal = Temporal::stateless,
      .formats =
          media::formats_kept_by(media::FilterRecipe{.steps = {{"drawtext", {{"text", "-"}}}}})};
  return [name, recipe, contract] {
    return std::make_unique<FilterOp>(FilterOp::Settings{name, recipe, contract});
  };
}

OpFactory make_text(const Parameters& parameters) {
  return drawn_text("text", parameters, {{"text", parameters.text("text")}, {"expansion", "none"}});
}

// From the frame's time, never from a count of frames: the same for any rate, and in any segment.
OpFactory make_timecode(const Parameters& parameters) {
  const double start = parameters.number("start", 0.0, 360'000.0);
  if (!parameters.has("rate")) {
    return drawn_text("timecode", parameters, {{"text", fmt::format("%{{pts:hms:{}}}", start)}});
  }
  // Half a millisecond keeps times that were rounded down in the frame they belong to.
  const double rate = parameters.number("rate", 1.0, 1000.0);
  const std::string now = fmt::format("(t+{}+0.0005)", start);
  const auto two_digits = [](const std::string& value) {
    return fmt::format("%{{eif:{}:d:2}}", value);
  };
  const std::string text = two_digits(fmt::format("trunc({}/3600)", now)) +
                           "\\:" + two_digits(fmt::format("mod(trunc({}/60),60)", now)) +
                           "\\:" + two_digits(fmt::format("mod(trunc({}),60)", now)) +
                           "\\:" + two_digits(fmt::format("trunc(mod({},1)*{})", now, rate));
  return drawn_text("timecode", parameters, {{"text", text}});
}

/// What regions have in common that come from a file, and the one of the command line has as well.
RedactRegion style_of(const Parameters& parameters) {
  RedactRegion region;
  region.mode = parameters.choice("mode", {"fill", "blur"}) == "blur" ? RedactRegion::Mode::blur
                                                                      : RedactRegion::Mode::fill;
  region.color = parameters.color("color");
  region.radius = parameters.has("radius") ? parameters.integer("radius", 1, kLargestPlace) : 0;
  return region;
}

std::vector<RedactRegion> regions_of_file(const Parameters& parameters) {
  for (const char* other : {"x", "y", "w", "h", "from", "to"}) {
    if (parameters.has(other)) {
      parameters.refuse(other, "the file says that already", "give either file or one rectangle");
    }
  }
  return read_regions(
      parameters.content("file", kLargestJson), parameters.text("file"), style_of(parameters));
}

RedactRegion rectangle_of(const Parameters& parameters) {
  for (const char* needed : {"x", "y", "w", "h"}) {
    if (!parameters.has(needed)) {
      parameters.refuse(
          needed, "a rectangle needs it", "write x=10,y=10,w=64,h=64, or file=LOCATION");
    }
  }
  RedactRegion region = style_of(parameters);
  region.x = parameters.integer("x", 0, kLargestPlace);
  region.y = parameters.integer("y", 0, kLargestPlace);
  region.width = parameters.integer("w", 1, kLargestPlace);
  region.height = parameters.integer("h", 1, kLargestPlace);
  constexpr double kLongest = 1e9;
  region.from = parameters.has("from") ? parameters.number("from", 0.0, kLongest) : region.from;
  region.to = parameters.has("to") ? parameters.number("to", 0.0, kLongest) : region.to;
  if (region.to <= region.from) {
    parameters.refuse("to", "it ends before it begins", "write from=1.5,to=4");
  }
  return region;
}

OpFactory make_redact(const Parameters& parameters) {
  const std::vector<RedactRegion> regions =
      parameters.has("file") ? regions_of_file(parameters) : std::vector{rectangle_of(parameters)};
  return [regions] {
    return std::make_unique<Redact>(regions);
  };
}

media::FramePtr picture_of(const Parameters& parameters, int width) {
  try {
    return media::decode_still(parameters.content("file", kLargestPicture), width);
  } catch (const std::runtime_error& error) {
    parameters.refuse("file", error.what(), "use a picture with transparency, for example a PNG");
  }
}

OpFactory make_watermark(const Parameters& parameters) {
  const int width = parameters.has("width") ? parameters.integer("width", 1, kLargestPlace) : 0;
  Watermark::Settings settings{
      .picture = picture_of(parameters, width),
      .at = parameters.choice("at", places()),
      .margin = parameters.integer("margin", 0, kLargestPlace),
      .opacity = parameters.number("opacity", 0.0, 1.0)};
  return [settings] {
    return std::make_unique<Watermark>(settings);
  };
}

ParameterSpec place_parameter(const std::string& fallback) {
  return {
      .name = "at",
      .value = "PLACE",
      .fallback = fallback,
      .help = "top-left, top, top-right, left, center, right, bottom-left, bottom, bottom-right"};
}

std::vector<ParameterSpec> text_parameters(std::vector<ParameterSpec> own) {
  const std::vector<ParameterSpec> common{
      place_parameter("bottom"),
      {.name = "margin", .value = "N", .fallback = "16", .help = "pixels to the edge"},
      {.name = "size", .value = "N", .fallback = "24", .help = "height of the letters in pixels"},
      {.name = "color", .value = "COLOR", .fallback = "white", .help = "of the letters"},
      {.name = "box", .value = "COLOR", .fallback = "", .help = "a box behind them: black@0.5"},
      {.name = "font", .value = "NAME", .fallback = "Sans", .help = "as fontconfig knows it"}};
  own.insert(own.end(), common.begin(), common.end());
  return own;
}

}  // namespace

std::vector<BuiltIn> overlay_ops() {
  return {
      {"text",
       "words over the picture",
       "text:text=Draft,at=top-right",
       text_parameters(
           {{.name = "text",
             .value = "TEXT",
             .fallback = "",
             .help = "the words; write \\, for a comma",
             .required = true}}),
       make_text},
      {"timecode",
       "the time of each frame over the picture",
       "timecode:at=top-left,rate=25",
       text_parameters(
           {{.name = "start", .value = "SECONDS", .fallback = "0", .help = "added to the time"},
            {.name = "rate",
             .value = "N",
             .fallback = "",
             .help = "frames a second of HH:MM:SS:FF; without it HH:MM:SS.mmm"}}),
       make_timecode},
      {"watermark",
       "a picture over the picture",
       "watermark:file=s3://brand/logo.png,opacity=0.6",
       {{.name = "file",
         .value = "LOCATION",
         .fallback = "",
         .help = "PNG, JPEG, WebP or BMP, in S3 or a file",
         .required = true},
        place_parameter("bottom-right"),
        {.name = "margin", .value = "N", .fallback = "16", .help = "pixels to the edges"},
        {.name = "width",
         .value = "N",
         .fallback = "",
         .help = "scaled to so many pixels (default: as it is)"},
        {.name = "opacity", .value = "N", .fallback = "1", .help = "from 0 to 1, times its own"}},
       make_watermark},
      {"redact",
       "a rectangle that nobody is to see",
       "redact:x=100,y=40,w=200,h=80,mode=blur",
       {{.name = "file",
         .value = "LOCATION",
         .fallback = "",
         .help = "JSON with regions and times"},
        {.name = "x", .value = "N", .fallback = "", .help = "left edge"},
        {.name = "y", .value = "N", .fallback = "", .help = "upper edge"},
        {.name = "w", .value = "N", .fallback = "", .help = "width"},
        {.name = "h", .value = "N", .fallback = "", .help = "height"},
        {.name = "from", .value = "SECONDS", .fallback = "", .help = "first moment"},
        {.name = "to", .value = "SECONDS", .fallback = "", .help = "not included"},
        {.name = "mode", .value = "NAME", .fallback = "fill", .help = "fill or blur"},
        {.name = "color", .value = "COLOR", .fallback = "black", .help = "of fill"},
        {.name = "radius",
         .value = "N",
         .fallback = "",
         .help = "of blur, in pixels (default: a quarter of the longer side)"}},
       make_redact}};
}

}  // namespace s3reel::ops
