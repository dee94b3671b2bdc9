#pragma once

#include "media/frame_pool.h"
#include "media/picture.h"
#include "media/ptr.h"

namespace s3reel::media {

/// yuvj420p is yuv420p whose full range is part of its name: the plain format. Others are as they
/// are.
AVPixelFormat without_j(AVPixelFormat format);

bool is_rgb(AVPixelFormat format);

/// Whether `to` has more samples of chroma than `from`, as RGB has more than 4:2:0.
bool has_finer_chroma(AVPixelFormat to, AVPixelFormat from);

/// Whether the samples use their full range. What does not say is limited, unless it is RGB.
bool is_full_range(const AVFrame& frame);

/// RGB has no range and no matrix of its own in use. Frames in it keep those of the YUV that they
/// came from and go back to.
///
/// What a change of pixel format means for the frame's colour description: RGB becomes YUV of its
/// own matrix (BT.709 where it is not known, which is then said), and a full range that was part of
/// the format's name becomes a property. RGB that was YUV at `home` says what it said there.
void relabel_colour(
    AVFrame& frame, AVPixelFormat from, AVPixelFormat to, AVPixelFormat home = AV_PIX_FMT_NONE);

/// Changes the pixel format of frames, with the frame's own matrix on both sides, and their range
/// and size where one is asked for: otherwise nothing but the representation changes. swscale does
/// it, exactly and slowly; yuv_to_rgb() where that is all. Used by one thread.
class PixelConverter {
 public:
  /// How chroma is made finer and coarser.
  enum class Chroma {
    smooth,     ///< bicubic
    reversible  ///< repeated, and averaged: there and back it stays what it was
  };

  struct Settings {
    AVPixelFormat to = AV_PIX_FMT_NONE;
    /// Of the frames that come out in YUV; unspecified: each keeps its own.
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    PictureSize size{};
    Chroma chroma = Chroma::smooth;
    AVPixelFormat home = AV_PIX_FMT_NONE;  ///< see relabel_colour()
  };

  explicit PixelConverter(Settings settings)
      : to_(settings.to),
        to_range_(settings.range),
        to_size_(settings.size),
        chroma_(settings.chroma),
        home_(settings.home) {}

  explicit PixelConverter(AVPixelFormat to, AVColorRange range = AVCOL_RANGE_UNSPECIFIED)
      : PixelConverter(Settings{.to = to, .range = range}) {}

  [[nodiscard]] AVPixelFormat format() const { return to_; }

  /// Returns the frame as it is where it has format, range and size already, else a new one with
  /// all its properties. Error{internal} where swscale cannot convert.
  FramePtr convert(FramePtr frame);

 private:
  [[nodiscard]] bool changes_range(const AVFrame& frame) const;
  [[nodiscard]] bool to_full_range(const AVFrame& frame) const;
  [[nodiscard]] PictureSize size_of(const AVFrame& frame) const;
  [[nodiscard]] bool is_quick(AVPixelFormat from) const;
  FramePtr quickly(const AVFrame& frame);
  FramePtr on_chroma_grid(FramePtr frame) const;
  FramePtr scaled(const AVFrame& frame);
  FramePtr blank_like(const AVFrame& frame);
  void prepare(const AVFrame& frame);
  [[nodiscard]] int filter_for(AVPixelFormat from) const;

  AVPixelFormat to_;
  AVColorRange to_range_;
  PictureSize to_size_;
  Chroma chroma_;
  AVPixelFormat home_;
  FramePool pool_;
  SwsPtr scaler_;
  int width_ = 0;
  int height_ = 0;
  int from_ = AV_PIX_FMT_NONE;
  AVColorRange range_ = AVCOL_RANGE_UNSPECIFIED;
  AVColorSpace matrix_ = AVCOL_SPC_UNSPECIFIED;
};

}  // namespace s3reel::media
