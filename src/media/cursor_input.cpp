#include "media/cursor_input.h"

#include <utility>

#include "media/first_frame.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

FramePtr first_of(FrameCursor& cursor, const std::string& subject) {
  FramePtr first = cursor.next();
  if (!first) {
    throw Error(ErrorInfo{
        .kind = ErrorKind::input,
        .operation = "decode",
        .subject = subject,
        .reason = "not a single frame could be decoded"});
  }
  return first;
}

}  // namespace

CursorInput::CursorInput(FrameCursor& cursor, AVRational frame_rate, const std::string& subject)
    : cursor_(cursor),
      frame_rate_(frame_rate),
      first_(first_of(cursor, subject)),
      like_(without_pixels(*first_)),
      converter_(
          {.to = static_cast<AVPixelFormat>(like_->format),
           .size = {like_->width, like_->height}}) {}

FramePtr CursorInput::next() {
  FramePtr frame = first_ ? std::move(first_) : cursor_.next();
  return frame ? converter_.convert(std::move(frame)) : FramePtr();
}

}  // namespace s3reel::media
