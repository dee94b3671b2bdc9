#include "media/library.h"

#include "media/ffmpeg.h"

namespace s3reel::media {

void silence_libraries() {
  av_log_set_level(AV_LOG_QUIET);
}

}  // namespace s3reel::media
