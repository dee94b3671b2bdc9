#include "media/format_loss.h"

#include <fmt/format.h>

namespace s3reel::media {

bool has_alpha(AVPixelFormat format) {
  return (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

int format_loss(AVPixelFormat from, AVPixelFormat to) {
  return av_get_pix_fmt_loss(to, from, has_alpha(from) ? 1 : 0);
}

std::string describe_loss(AVPixelFormat from, AVPixelFormat to, int loss) {
  std::string text;
  const auto add = [&](int bit, const char* word) {
    if ((loss & bit) != 0) {
      text += text.empty() ? word : fmt::format(", {}", word);
    }
  };
  add(FF_LOSS_RESOLUTION, "chroma resolution");
  add(FF_LOSS_DEPTH, "bit depth");
  add(FF_LOSS_COLORSPACE, "colour model");
  add(FF_LOSS_ALPHA, "transparency");
  add(FF_LOSS_CHROMA, "colour");
  return text.empty() ? text
                      : fmt::format(
                            "{} becomes {}: {} is reduced",
                            av_get_pix_fmt_name(from),
                            av_get_pix_fmt_name(to),
                            text);
}

}  // namespace s3reel::media
