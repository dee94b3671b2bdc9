#include "ops/pixel_layout.h"

#include <bit>

namespace s3reel::ops {

bool is_rgb(const AVPixFmtDescriptor& pixel) {
  return (pixel.flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

bool is_chroma(const AVPixFmtDescriptor& pixel, int component) {
  return !is_rgb(pixel) && pixel.nb_components >= 3 && (component == 1 || component == 2);
}

bool is_alpha(const AVPixFmtDescriptor& pixel, int component) {
  return (pixel.flags & AV_PIX_FMT_FLAG_ALPHA) != 0 && component == pixel.nb_components - 1;
}

bool has_whole_samples(const AVPixFmtDescriptor& pixel) {
  constexpr std::uint64_t kOdd = AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL |
                                 AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                                 AV_PIX_FMT_FLAG_FLOAT;
  if ((pixel.flags & kOdd) != 0) {
    return false;
  }
  const bool big = (pixel.flags & AV_PIX_FMT_FLAG_BE) != 0;
  for (int i = 0; i < pixel.nb_components; ++i) {
    const AVComponentDescriptor& part = pixel.comp[i];
    const int bits = part.depth + part.shift;
    const bool word = bits > 8;
    if (part.depth < 8 || bits > 16 || (word && big != (std::endian::native == std::endian::big)) ||
        (word && (part.step % 2 != 0 || part.offset % 2 != 0))) {
      return false;
    }
  }
  return pixel.nb_components > 0;
}

int component_width(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) {
  return is_chroma(pixel, component) ? AV_CEIL_RSHIFT(frame.width, pixel.log2_chroma_w)
                                     : frame.width;
}

int component_height(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component) {
  return is_chroma(pixel, component) ? AV_CEIL_RSHIFT(frame.height, pixel.log2_chroma_h)
                                     : frame.height;
}

}  // namespace s3reel::ops
