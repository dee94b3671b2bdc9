#include "media/h264_range.h"

#include "media/av_error.h"
#include "media/ptr.h"

namespace s3reel::media {
namespace {

constexpr const char* kName = "state colour range";

bool states_nothing_else(const AVCodecParameters& codec) {
  return codec.color_primaries == AVCOL_PRI_UNSPECIFIED &&
         codec.color_trc == AVCOL_TRC_UNSPECIFIED && codec.color_space == AVCOL_SPC_UNSPECIFIED;
}

}  // namespace

void state_limited_range(AVCodecParameters& codec) {
  if (codec.codec_id != AV_CODEC_ID_H264 || codec.color_range != AVCOL_RANGE_MPEG ||
      codec.extradata_size == 0 || !states_nothing_else(codec)) {
    return;
  }
  // The parameter sets stand in the extradata only, so the filter need not see a packet.
  AVBSFContext* raw = nullptr;
  check(ErrorKind::internal, av_bsf_alloc(av_bsf_get_by_name("h264_metadata"), &raw), kName);
  const BsfPtr filter(raw);
  check(ErrorKind::internal, avcodec_parameters_copy(filter->par_in, &codec), kName);
  check(
      ErrorKind::internal, av_opt_set_int(filter->priv_data, "video_full_range_flag", 0, 0), kName);
  check(ErrorKind::internal, av_bsf_init(filter.get()), kName);
  check(ErrorKind::internal, avcodec_parameters_copy(&codec, filter->par_out), kName);
}

}  // namespace s3reel::media
