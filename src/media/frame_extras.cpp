#include "media/frame_extras.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace s3reel::media {
namespace {

using Uuid = std::array<std::uint8_t, 16>;

// The message that says with which settings a stream was encoded; it is untrue of the result.
constexpr std::array kEncoderMessages{
    Uuid{
        0xdc,
        0x45,
        0xe9,
        0xbd,
        0xe6,
        0xd9,
        0x48,
        0xb7,
        0x96,
        0x2c,
        0xd8,
        0x20,
        0xd9,
        0x23,
        0xee,
        0xef},  // x264
    Uuid{
        0x2c,
        0xa2,
        0xde,
        0x09,
        0xb5,
        0x17,
        0x47,
        0xdb,
        0xbb,
        0x55,
        0xa4,
        0xfe,
        0x7f,
        0xc2,
        0xfc,
        0x4e}};  // x265

bool is_encoder_message(const AVFrameSideData& data) {
  return std::any_of(kEncoderMessages.begin(), kEncoderMessages.end(), [&](const Uuid& uuid) {
    return data.size >= uuid.size() && std::equal(uuid.begin(), uuid.end(), data.data);
  });
}

}  // namespace

void FrameExtras::look(const AVFrame& frame) {
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& data =
        *frame.side_data[i];  // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic): C array
    if (!lost_.contains(data.type) && is_lost(data)) {
      lost_.insert(data.type);
    }
  }
}

// What is not named here is kept by the container (rotation, HDR10), or was the decoder's word
// about itself (motion vectors, quantizers).
bool FrameExtras::is_lost(const AVFrameSideData& data) {
  switch (data.type) {
    case AV_FRAME_DATA_A53_CC:
      return encoder_.priv_data == nullptr ||
             av_opt_find(encoder_.priv_data, "a53cc", nullptr, 0, 0) == nullptr;
    case AV_FRAME_DATA_STEREO3D:
      return std::string_view(encoder_.codec->name) != "libx264";
    case AV_FRAME_DATA_SEI_UNREGISTERED:
      return !is_encoder_message(data);
    case AV_FRAME_DATA_GOP_TIMECODE:
      return time_code_is_lost(data);
    case AV_FRAME_DATA_DOVI_METADATA:
    case AV_FRAME_DATA_DOVI_RPU_BUFFER:
    case AV_FRAME_DATA_DYNAMIC_HDR_PLUS:
    case AV_FRAME_DATA_DYNAMIC_HDR_VIVID:
    case AV_FRAME_DATA_AFD:
    case AV_FRAME_DATA_PANSCAN:
    case AV_FRAME_DATA_ICC_PROFILE:
    case AV_FRAME_DATA_S12M_TIMECODE:
      return true;
    default:
      return false;
  }
}

// Every MPEG-2 stream has one; where it counts from zero it says no more than the times do.
bool FrameExtras::time_code_is_lost(const AVFrameSideData& data) {
  // Without the flag for dropped frames and the marker (ISO/IEC 13818-2, 6.2.2.6).
  constexpr std::int64_t kDigits = 0xFFEFFF;
  if (!counts_from_zero_) {
    std::int64_t code = 0;
    std::memcpy(&code, data.data, std::min(sizeof(code), static_cast<std::size_t>(data.size)));
    counts_from_zero_ = (code & kDigits) == 0;
  }
  return !*counts_from_zero_;
}

std::vector<std::string> FrameExtras::losses() const {
  std::vector<std::string> words;
  for (const AVFrameSideDataType type : lost_) {
    words.push_back(
        fmt::format("{} of the picture's frames is not kept", av_frame_side_data_name(type)));
  }
  return words;
}

}  // namespace s3reel::media
