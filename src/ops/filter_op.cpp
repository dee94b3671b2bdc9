#include "ops/filter_op.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "ops/frame_access.h"

namespace s3reel::ops {
namespace {

// Filters that look at one frame at a time (by FFmpeg 5.1, from its sources: no frame and no sum
// over frames is kept). greyedge does too, but the same frame comes out otherwise from run to run.
constexpr std::array<std::string_view, 45> kStateless{
    "avgblur",       "bilateral",    "boxblur",      "chromahold",
    "chromakey",     "chromashift",  "colorbalance", "colorchannelmixer",
    "colorcontrast", "colorcorrect", "colorhold",    "colorize",
    "colorkey",      "colorlevels",  "colormatrix",  "convolution",
    "crop",          "curves",       "dblur",        "despill",
    "drawbox",       "drawgrid",     "edgedetect",   "eq",
    "exposure",      "fillborders",  "format",       "gblur",
    "hflip",         "hue",          "lut",          "lut3d",
    "lutrgb",        "lutyuv",       "negate",       "pad",
    "rgbashift",     "rotate",       "sab",          "scale",
    "smartblur",     "transpose",    "unsharp",      "vflip",
    "vibrance"};

bool is_word(char one) {
  return std::isalnum(static_cast<unsigned char>(one)) != 0 || one == '_';
}

/// Whether a word of a text stands for something that goes on from one frame to the next: frames
/// counted or remembered by an expression (ffmpeg-utils(1), "Expression evaluation"), the place of
/// the frame before (crop's x and y, which are its options too), a colour by chance
/// (libavutil/parseutils.c).
bool remembers_by(std::string_view word, bool names_an_option) {
  constexpr std::array<std::string_view, 8> kWords{
      "n", "st", "ld", "random", "randomi", "bikeshed", "0xrandom", "0xbikeshed"};
  const bool place = word == "x" || word == "y";
  return (place && !names_an_option) ||
         std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool remembers(std::string text) {
  // 'n' and \n are n for whoever evaluates them, after as many levels of either as there may be.
  text.erase(
      std::remove_if(text.begin(), text.end(), [](char c) { return c == '\\' || c == '\''; }),
      text.end());
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  const auto word_at = [&](std::size_t at) {
    const auto end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_word);
    return std::string_view(text).substr(at, static_cast<std::size_t>(end - text.begin()) - at);
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view word = word_at(at);
    at += word.size();
    if (remembers_by(word, at < text.size() && text[at] == '=')) {
      return true;
    }
  }
  return false;
}

media::FilterGraph::Outlook outlook_of(const media::FilterGraph& graph, const VideoFacts& input) {
  const media::FramePtr like = media::make_frame();
  like->format = pixel_format(input.shape.format);
  like->width = input.shape.width;
  like->height = input.shape.height;
  like->time_base = {input.time_base.num, input.time_base.den};
  like->sample_aspect_ratio = {input.sample_aspect.num, input.sample_aspect.den};
  return graph.outlook(*like, {input.frame_rate.num, input.frame_rate.den});
}

Rational rational(AVRational value) {
  return {value.num, value.den};
}

}  // namespace

OpContract contract_of(const media::FilterRecipe& recipe) {
  const std::vector<std::string> names = media::filters_of(recipe);
  const bool known = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return std::find(kStateless.begin(), kStateless.end(), name) != kStateless.end();
  });
  return {
      .temporal = known && !remembers(recipe.text) ? Temporal::stateless : Temporal::sequential,
      .changes_size = true,
      .changes_rate = true,
      .changes_format = true};
}

// Where frames run in parallel, filters must not divide them among threads as well.
FilterOp::FilterOp(Settings settings)
    : settings_(std::move(settings)),
      graph_(
          settings_.recipe,
          settings_.contract.temporal == Temporal::stateless ? 1 : 0,
          settings_.log,
          settings_.inputs) {
  media::check_recipe(settings_.recipe);
}

VideoFacts FilterOp::output(const VideoFacts& input) const {
  const media::FilterGraph::Outlook seen = outlook_of(graph_, input);
  return {
      .shape = shape_of(*seen.frame),
      .time_base = rational(seen.frame->time_base),
      .frame_rate = rational(seen.frame_rate),
      .sample_aspect = rational(seen.frame->sample_aspect_ratio)};
}

void FilterOp::open(const VideoFacts& input) {
  graph_.set_frame_rate({input.frame_rate.num, input.frame_rate.den});
}

void FilterOp::push(Frame frame, const Emit& emit) {
  graph_.push(unwrap(std::move(frame)), [&](media::FramePtr one) { emit(wrap(std::move(one))); });
}

void FilterOp::flush(const Emit& emit) {
  graph_.flush([&](media::FramePtr one) { emit(wrap(std::move(one))); });
}

}  // namespace s3reel::ops
