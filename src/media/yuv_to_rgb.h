#pragma once

#include <span>

#include "media/ffmpeg.h"

namespace s3reel::media {

/// YUV in bytes, with one plane of luma and one or two of chroma that has as many samples as luma,
/// or half as many, in either direction: what most videos are.
bool is_planar_yuv_of_bytes(AVPixelFormat format);

/// Writes what such a frame shows as rgb24 into `rgb`, which is of its size. Each sample of chroma
/// stands for all pixels that share it. A result is 0.53 at most from the real number that ITU-T
/// H.273 (8.3) gives for the coefficients: the nearest whole one, except where two are about as
/// near.
///
/// `coefficients` as sws_getCoefficients() gives them. Any thread may call.
void yuv_to_rgb(
    const AVFrame& yuv, std::span<const int, 4> coefficients, AVColorRange range, AVFrame& rgb);

}  // namespace s3reel::media
