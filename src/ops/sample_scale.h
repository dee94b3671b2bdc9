#pragma once

#include <array>
#include <string>

#include "media/ffmpeg.h"

namespace s3reel::ops {

/// Where black (or no colour) lies among the samples of a component, and how far from it white (or
/// full colour) is (ITU-T H.273, 8.3).
struct SampleScale {
  double zero;
  double one;
};

/// Of one component of a frame; transparency and RGB have the full range always.
SampleScale scale_of(const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component);

/// A colour as a frame holds it: R, G, B or luma from 0 to 1, chroma from -0.5, by the frame's own
/// matrix (ITU-T H.273, table 4).
std::array<double, 3> components_of(
    double red, double green, double blue, const AVFrame& frame, const AVPixFmtDescriptor& pixel);

/// From 0 to 1.
struct Rgba {
  double red;
  double green;
  double blue;
  double alpha;
};

/// A colour that Parameters::color() has taken.
Rgba parsed_color(const std::string& text);

/// The sample that a colour has in one component of a frame.
double sample_of(
    const Rgba& color, const AVFrame& frame, const AVPixFmtDescriptor& pixel, int component);

}  // namespace s3reel::ops
