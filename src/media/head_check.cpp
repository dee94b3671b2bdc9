#include "media/head_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "io/byte_source.h"
#include "media/av_error.h"
#include "media/avio_input.h"

namespace s3reel::media {
namespace {

Error wrong(std::string reason) {
  return Error(ErrorInfo{
      .operation = "check the result",
      .reason = std::move(reason),
      .hint = "nothing was published; please report this with the source's `s3reel probe`"});
}

/// The head at its place in an object whose rest is not there: reading it ends the file.
class HeadSource final : public io::ByteSource {
 public:
  explicit HeadSource(const io::HeadPreview& head) : head_(head) { identity_.size = head.size; }

  [[nodiscard]] const io::SourceIdentity& identity() const override { return identity_; }

  std::size_t read_at(std::uint64_t offset, std::span<std::byte> out) override {
    if (offset >= head_.head.size()) {
      return 0;
    }
    const std::size_t count = std::min<std::size_t>(out.size(), head_.head.size() - offset);
    std::memcpy(out.data(), head_.head.data() + offset, count);
    return count;
  }

 private:
  const io::HeadPreview& head_;
  io::SourceIdentity identity_;
};

double in_seconds(std::int64_t value, AVRational time_base) {
  return static_cast<double>(value) * av_q2d(time_base);
}

void check_duration(double shown, const Expected& expected) {
  // One frame: some demuxers leave the last frame's own duration out.
  const double tolerance = expected.frame_seconds + 0.002;
  if (std::abs(shown - expected.duration_seconds) > tolerance) {
    throw wrong(fmt::format(
        "its index shows {:.3f} s of video, {:.3f} s were written",
        shown,
        expected.duration_seconds));
  }
}

void check_index(AVStream& video, const Expected& expected) {
  const int shown = avformat_index_get_entries_count(&video);
  if (static_cast<std::uint64_t>(shown) != expected.frames) {
    throw wrong(
        fmt::format("its index shows {} video frames, {} were written", shown, expected.frames));
  }
  if (video.duration != AV_NOPTS_VALUE) {
    check_duration(in_seconds(video.duration, video.time_base), expected);
  }
}

}  // namespace

std::vector<MetadataKey> check_head(const io::HeadPreview& head, const Expected& expected) {
  HeadSource source(head);
  AvioInput input(source);
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) {
    throw std::bad_alloc();
  }
  raw->pb = input.context();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_IGNIDX;
  const int code = avformat_open_input(&raw, "", nullptr, nullptr);
  const InputPtr format(raw);
  input.rethrow_pending();
  if (code < 0) {
    throw wrong(fmt::format("its head does not parse ({})", av_reason(code)));
  }
  if (format->nb_streams <= static_cast<unsigned>(expected.video)) {
    throw wrong("its head lacks the video stream");
  }
  switch (expected.container) {
    case Container::mp4:
    case Container::mov:
      check_index(*format->streams[expected.video], expected);
      break;
    case Container::mkv:
      if (format->duration == AV_NOPTS_VALUE ||
          in_seconds(format->duration, {1, AV_TIME_BASE}) + expected.frame_seconds + 0.002 <
              expected.duration_seconds) {
        throw wrong("its header shows less than was written");
      }
      break;
    case Container::fmp4:
      break;
  }
  return metadata_keys(*format);
}

}  // namespace s3reel::media
