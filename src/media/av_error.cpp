#include "media/av_error.h"

#include <array>
#include <utility>

#include "media/ffmpeg.h"

namespace s3reel::media {

std::string av_reason(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Error av_failure(ErrorKind kind, int code, std::string operation, std::string subject) {
  return Error(ErrorInfo{
      .kind = kind,
      .operation = std::move(operation),
      .subject = std::move(subject),
      .reason = av_reason(code),
      .av_error = code});
}

int check(ErrorKind kind, int code, const char* operation, const std::string& subject) {
  if (code < 0) {
    throw av_failure(kind, code, operation, subject);
  }
  return code;
}

}  // namespace s3reel::media
