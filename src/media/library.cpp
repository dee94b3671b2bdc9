#include "media/library.h"

#include <cstdarg>
#include <cstdio>
#include <string>

#include "media/ffmpeg.h"
#include "media/log_capture.h"

namespace s3reel::media {
namespace {

// Called on libav's threads too; nobody listens there.
void on_log(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) {
    return;
  }
  char line[1024];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  if (length <= 0) {
    return;
  }
  std::string text = line;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
    text.pop_back();
  }
  LogCapture::take(context, text);
}

}  // namespace

void silence_libraries() {
  av_log_set_level(AV_LOG_ERROR);
  av_log_set_callback(on_log);
}

}  // namespace s3reel::media
