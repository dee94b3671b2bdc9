#include "media/source_copy.h"

#include <algorithm>
#include <new>

#include "media/av_error.h"
#include "media/compat.h"

namespace s3reel::media {
namespace {

AVChapter* copy_chapter(const AVChapter& source, std::int64_t start_us) {
  auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
  if (chapter == nullptr) {
    throw std::bad_alloc();
  }
  const std::int64_t shift = av_rescale_q(start_us, AV_TIME_BASE_Q, source.time_base);
  chapter->id = source.id;
  chapter->time_base = source.time_base;
  chapter->start = std::max<std::int64_t>(0, source.start - shift);
  chapter->end = source.end - shift;
  av_dict_copy(&chapter->metadata, source.metadata, 0);
  return chapter;
}

}  // namespace

void copy_chapters(const AVFormatContext& source, std::int64_t start_us, AVFormatContext& target) {
  if (source.nb_chapters == 0) {
    return;
  }
  target.chapters = static_cast<AVChapter**>(av_calloc(source.nb_chapters, sizeof(AVChapter*)));
  if (target.chapters == nullptr) {
    throw std::bad_alloc();
  }
  for (unsigned i = 0; i < source.nb_chapters; ++i) {
    target.chapters[i] = copy_chapter(*source.chapters[i], start_us);
    target.nb_chapters = i + 1;
  }
}

SourceCopy::SourceCopy(const Demuxer& source)
    : identity_(source.identity()), format_(avformat_alloc_context()) {
  if (!format_) {
    throw std::bad_alloc();
  }
  const AVFormatContext& from = source.context();
  av_dict_copy(&format_->metadata, from.metadata, 0);
  copy_chapters(from, 0, *format_);
  for (const AVStream* stream : source.streams()) {
    add(source, *stream);
  }
}

void SourceCopy::add(const Demuxer& source, const AVStream& from) {
  AVStream* to = avformat_new_stream(format_.get(), nullptr);
  if (to == nullptr) {
    throw std::bad_alloc();
  }
  check(
      ErrorKind::internal,
      avcodec_parameters_copy(to->codecpar, from.codecpar),
      "copy stream parameters");
  to->id = from.id;
  to->time_base = from.time_base;
  to->start_time = from.start_time;
  to->duration = from.duration;
  to->nb_frames = from.nb_frames;
  to->disposition = from.disposition;
  to->sample_aspect_ratio = from.sample_aspect_ratio;
  to->avg_frame_rate = from.avg_frame_rate;
  to->r_frame_rate = from.r_frame_rate;
  av_dict_copy(&to->metadata, from.metadata, 0);
  if (compat::stream_side_data(*to).empty()) {  // from libavformat 60.14 on codecpar brought it
    for (const compat::StreamSideData& data : compat::stream_side_data(from)) {
      compat::add_stream_side_data(*to, data.type, data.bytes);
    }
  }
  frame_rates_[from.index] = source.frame_rate(from.index);
}

AVRational SourceCopy::sample_aspect(int index, const AVFrame& frame) const {
  AVStream* one =
      format_->streams[index];  // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic): C array
  auto* mutable_frame = const_cast<AVFrame*>(&frame);  // NOLINT: only read by libavformat
  return av_guess_sample_aspect_ratio(format_.get(), one, mutable_frame);
}

}  // namespace s3reel::media
