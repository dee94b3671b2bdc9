#include "ops/format_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "media/converter.h"
#include "media/format_loss.h"
#include "ops/frame_access.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

// What a viewer misses most comes first; the bits are FFmpeg's (libavutil/pixdesc.h).
int loss_of(AVPixelFormat from, AVPixelFormat to) {
  const AVPixFmtDescriptor& has = *av_pix_fmt_desc_get(from);
  const AVPixFmtDescriptor& gets = *av_pix_fmt_desc_get(to);
  const int lost = media::format_loss(from, to);
  const auto if_lost = [lost](int bit, int weight) {
    return (lost & bit) != 0 ? weight : 0;
  };
  const int halvings = std::max(0, gets.log2_chroma_w - has.log2_chroma_w) +
                       std::max(0, gets.log2_chroma_h - has.log2_chroma_h);
  const int bits = std::max(0, has.comp[0].depth - gets.comp[0].depth);
  return if_lost(FF_LOSS_CHROMA, 64) + if_lost(FF_LOSS_COLORQUANT, 32) +
         if_lost(FF_LOSS_ALPHA, 16) + if_lost(FF_LOSS_DEPTH, 4 + bits) +
         if_lost(FF_LOSS_RESOLUTION, 4 * halvings) + if_lost(FF_LOSS_COLORSPACE, 1);
}

// yuvj420p and its kin say with another name what the range says.
bool is_target(AVPixelFormat format) {
  return media::without_j(format) == format && sws_isSupportedOutput(format) > 0;
}

}  // namespace

FormatPlan::Cost FormatPlan::Cost::operator+(const Cost& other) const {
  return {conversions + other.conversions, loss + other.loss, bits + other.bits};
}

FormatPlan::FormatPlan(const std::vector<OpContract>& contracts) {
  for (const OpContract& contract : contracts) {
    Step step{.takes = {}, .changes_format = contract.changes_format};
    for (const std::string& name : contract.formats) {
      const AVPixelFormat format = pixel_format(name);
      if (format == AV_PIX_FMT_NONE) {
        throw Error(ErrorInfo{
            .kind = ErrorKind::usage,
            .operation = "op",
            .reason =
                fmt::format("it asks for the pixel format '{}', which FFmpeg does not know", name),
            .hint = "`ffmpeg -pix_fmts` lists what there is"});
      }
      step.takes.insert(format);
    }
    steps_.push_back(std::move(step));
  }
}

AVPixelFormat FormatPlan::entry(
    std::size_t index, AVPixelFormat current, AVPixelFormat home) const {
  return best(index, current, home).entry;
}

// Only what the video had at home can be lost, and nothing is by going back there.
FormatPlan::Cost FormatPlan::conversion(AVPixelFormat from, AVPixelFormat to, AVPixelFormat home) {
  return from == to ? Cost{}
                    : Cost{1, loss_of(home, to), av_get_bits_per_pixel(av_pix_fmt_desc_get(to))};
}

FormatPlan::Best FormatPlan::best(
    std::size_t index, AVPixelFormat current, AVPixelFormat home) const {
  if (index == steps_.size()) {
    return {current, conversion(current, home, home)};
  }
  const Key key{index, current, home};
  if (const auto known = known_.find(key); known != known_.end()) {
    return known->second;
  }
  const Step& step = steps_[index];
  const auto through = [&](AVPixelFormat entry) {
    const Cost here = conversion(current, entry, home);
    return Best{entry, step.changes_format ? here : here + best(index + 1, entry, home).cost};
  };
  std::optional<Best> found;
  const auto offer = [&](AVPixelFormat entry) {
    const Best candidate = through(entry);
    if (!found || candidate.cost < found->cost) {
      found = candidate;
    }
  };
  if (step.takes.empty() || step.takes.contains(current)) {
    offer(current);
  }
  for (const AVPixelFormat format : step.takes) {
    if (format != current && is_target(format)) {
      offer(format);
    }
  }
  if (!found) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::op,
        .operation = "choose a pixel format",
        .subject = av_get_pix_fmt_name(current),
        .reason = "swscale makes none of the formats that the op takes"});
  }
  return known_[key] = *found;
}

}  // namespace s3reel::ops
