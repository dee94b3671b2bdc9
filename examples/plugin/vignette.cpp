// Darkens a picture towards its corners:
//   s3reel process in.mp4 out.mp4 --plugin ./libvignette.so:strength=0.6

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include <s3reel/plugin.hpp>

namespace {

using s3reel::plugin::Contract;
using s3reel::plugin::Frame;
using s3reel::plugin::Host;
using s3reel::plugin::Parameters;

class Vignette {
 public:
  static constexpr const char* kName = "vignette";
  static constexpr const char* kVersion = "1.0";
  static constexpr const char* kSummary = "darkens the corners";

  static Contract contract(const Parameters& parameters) {
    parameters.allow({"strength"});
    Contract contract;
    contract.temporal = S3REEL_STATELESS;
    contract.in_place = true;
    // Formats whose first plane is the light, in bytes.
    contract.formats = {"yuv420p", "yuv422p", "yuv444p", "nv12", "gray"};
    return contract;
  }

  explicit Vignette(const Parameters& parameters) : strength_(parameters.number("strength", 0.5)) {
    if (strength_ < 0.0 || strength_ > 1.0) {
      throw std::invalid_argument("strength goes from 0 to 1");
    }
  }

  void push(Frame frame, Host& host) {
    prepare(frame);
    for (int y = 0; y < frame.height(); ++y) {
      std::uint8_t* row = frame.writable_row(0, y);
      const double far_y = squared(y, frame.height());
      for (int x = 0; x < frame.width(); ++x) {
        const double keep = 1.0 - strength_ * std::min(1.0, (far_x_[x] + far_y) / 2.0);
        row[x] = static_cast<std::uint8_t>(std::lround(row[x] * keep));
      }
    }
    host.emit(std::move(frame));
  }

  void flush(Host&) {}

 private:
  /// Distance from the middle, from 0 to 1, squared.
  static double squared(int at, int size) {
    const double far = (2.0 * at - size + 1) / size;
    return far * far;
  }

  void prepare(const Frame& frame) {
    if (far_x_.size() == static_cast<std::size_t>(frame.width())) {
      return;
    }
    far_x_.resize(static_cast<std::size_t>(frame.width()));
    for (int x = 0; x < frame.width(); ++x) {
      far_x_[static_cast<std::size_t>(x)] = squared(x, frame.width());
    }
  }

  double strength_;
  std::vector<double> far_x_;
};

}  // namespace

S3REEL_PLUGIN(Vignette)
