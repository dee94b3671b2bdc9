#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "media/ffmpeg.h"
#include "s3reel/op.h"

namespace s3reel::ops {

/// What becomes of one sample: luma and R, G, B from 0 (black) to 1 (white) of the frame's range,
/// chroma from -0.5 to 0.5. Samples outside their range lie beyond these.
struct Curves {
  using Curve = std::function<double(double)>;

  Curve light;
  Curve chroma{};  ///< empty: stays
};

/// Replaces each sample by a function of itself, by table; transparency stays. libavfilter's lut
/// takes every picture for one of limited range and clips it to that.
class SampleMap final : public Op {
 public:
  SampleMap(std::string name, Curves curves);

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] OpContract contract() const override;
  void push(Frame frame, const Emit& emit) override;

 private:
  using Table = std::vector<std::uint16_t>;

  void prepare(const AVFrame& frame);
  [[nodiscard]] const Table* table_of(const AVPixFmtDescriptor& pixel, int component) const;

  const std::string name_;
  const Curves curves_;
  int format_ = AV_PIX_FMT_NONE;  ///< that the tables are for
  bool full_range_ = false;
  Table light_;
  Table chroma_;
};

}  // namespace s3reel::ops
