#include "media/log_capture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace s3reel::media {
namespace {

// libav logs through one function for the whole process; what belongs to whom is known by the
// thread.
thread_local LogCapture* innermost = nullptr;

}  // namespace

LogCapture::LogCapture(const void* context) : outer_(innermost), context_(context) {
  innermost = this;
}

LogCapture::~LogCapture() {
  innermost = outer_;
}

std::string LogCapture::text() const {
  return fmt::format("{}", fmt::join(lines_, "; "));
}

bool LogCapture::take(const void* context, const std::string& line) {
  if (innermost == nullptr || (innermost->context_ != nullptr && innermost->context_ != context)) {
    return false;
  }
  innermost->lines_.push_back(line);
  return true;
}

}  // namespace s3reel::media
