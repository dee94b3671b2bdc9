#include "media/codec_memory.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <thread>
#include <vector>

#include "base/units.h"

namespace s3reel::media {
namespace {

// A decoder's reference pictures and those on their way out; each thread holds one more.
constexpr double kDecoderPictures = 18.0;

/// Frames that an encoder looks ahead, by preset (`x264 --fullhelp`, `x265 --fullhelp`).
struct Lookahead {
  std::string_view preset;
  int x264;
  int x265;
};

constexpr std::array<Lookahead, 10> kLookaheads{{
    {"ultrafast", 0, 5},
    {"superfast", 0, 10},
    {"veryfast", 10, 15},
    {"faster", 20, 15},
    {"fast", 30, 15},
    {"medium", 40, 20},
    {"slow", 50, 25},
    {"slower", 60, 40},
    {"veryslow", 60, 40},
    {"placebo", 60, 60},
}};

const Lookahead& lookahead(const std::string& preset) {
  const auto find = [](std::string_view name) {
    return std::find_if(kLookaheads.begin(), kLookaheads.end(), [name](const Lookahead& one) {
      return one.preset == name;
    });
  };
  const auto* found = find(preset);
  return found == kLookaheads.end() ? *find("medium") : *found;
}

/// In pictures: what an encoder holds, its own copies and their halved and padded versions.
double encoder_pictures(const VideoSettings& settings, const std::string& encoder, int threads) {
  if (encoder == "libx264") {
    const int ahead = lookahead(settings.preset).x264;
    return 2.3 * (ahead == 0 ? 7 : 25 + ahead) + 2.3 * threads;
  }
  if (encoder == "libx265") {
    return 65.0 + 4.0 * lookahead(settings.preset).x265 + threads;
  }
  if (encoder == "libsvtav1") {
    return 165.0;
  }
  return 115.0;
}

}  // namespace

std::uint64_t buffer_bytes(const AVFrame& frame) {
  std::vector<const AVBuffer*> counted;
  std::uint64_t bytes = 0;
  for (const AVBufferRef* one : frame.buf) {
    // Two planes may lie in one buffer.
    if (one != nullptr && std::ranges::find(counted, one->buffer) == counted.end()) {
      counted.push_back(one->buffer);
      bytes += one->size;
    }
  }
  return bytes;
}

// Decoders pad lines, heights and ends: libdav1d most, to multiples of 128, of which the constant
// takes care where pictures are small. grayscale adds a chroma plane, a third of 4:4:4, where
// the frame's own planes lie in one buffer, which stays whole.
std::uint64_t most_buffer_bytes(std::uint64_t picture_bytes) {
  return picture_bytes + picture_bytes / 2 + base::kMiB / 2;
}

std::uint64_t codec_memory(
    const VideoSettings& settings, const std::string& encoder, std::uint64_t picture_bytes) {
  if (encoder.empty() || encoder == "copy") {
    return 0;
  }
  const int threads = settings.threads > 0
                          ? settings.threads
                          : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const double pictures = kDecoderPictures + threads + encoder_pictures(settings, encoder, threads);
  return static_cast<std::uint64_t>(pictures * static_cast<double>(picture_bytes));
}

}  // namespace s3reel::media
