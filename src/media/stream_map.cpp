#include "media/stream_map.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "media/tags.h"
#include "s3reel/error.h"

namespace s3reel::media {
namespace {

bool is_cover(const AVStream& stream) {
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

StreamFacts describe(const AVStream& stream) {
  return StreamFacts{
      .index = stream.index,
      .type = is_cover(stream) ? "cover" : type_name(stream.codecpar->codec_type),
      .codec = avcodec_get_name(stream.codecpar->codec_id),
      .language = language(stream)};
}

bool mp4_family(Container container) {
  return container != Container::mkv;
}

bool takes_cover(Container container, AVCodecID codec) {
  const bool picture = codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PNG;
  return container == Container::mp4 && (picture || codec == AV_CODEC_ID_BMP);
}

class Mapper {
 public:
  Mapper(const Demuxer& source, Container container, const Job& job)
      : source_(source), container_(container), copy_video_(job.video.codec == "copy") {}

  StreamMap run() {
    for (const AVStream* stream : source_.streams()) {
      map_.streams.push_back(describe(*stream));
    }
    map_.video = picture_stream(source_);
    for (const AVStream* stream : source_.streams()) {
      decide(*stream, map_.streams[static_cast<std::size_t>(stream->index)]);
    }
    number_results();
    find_start();
    check_precision();
    return std::move(map_);
  }

 private:
  void decide(const AVStream& stream, StreamFacts& facts) {
    if (stream.index == map_.video) {
      decide_picture(stream, facts);
    } else if (is_cover(stream)) {
      keep_or_drop(facts, takes_cover(container_, stream.codecpar->codec_id));
    } else if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) {
      decide_audio(stream, facts);
    } else if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
      drop(facts, "only the first video stream is processed");
    } else if (is_timecode(stream)) {
      facts.fate = StreamFate::rewritten;
      facts.detail = "the timecode track is written anew from its start value";
    } else if (is_chapters(stream)) {
      facts.fate = StreamFate::rewritten;
      facts.detail = "the chapter track is written anew from the chapters";
    } else {
      keep_or_drop(
          facts,
          stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE &&
              takes_codec(container_, *stream.codecpar));
    }
  }

  void decide_picture(const AVStream& stream, StreamFacts& facts) {
    if (!copy_video_) {
      facts.fate = StreamFate::processed;
      return;
    }
    if (!takes_codec(container_, *stream.codecpar)) {
      throw Error(ErrorInfo{
          .kind = ErrorKind::usage,
          .operation = "copy video",
          .subject = facts.codec,
          .reason = fmt::format("{} does not take it", media::facts(container_).name),
          .hint = "leave --video-codec copy out, or choose another --format"});
    }
    copy(facts);
  }

  void decide_audio(const AVStream& stream, StreamFacts& facts) {
    if (stream.codecpar->sample_rate <= 0) {
      drop(facts, "it announces no sample rate");
    } else if (takes_codec(container_, *stream.codecpar)) {
      copy(facts);
    } else {
      facts.fate = StreamFate::encoded;
      facts.result_codec = "aac";
      facts.detail = fmt::format("{} does not take {}", media::facts(container_).name, facts.codec);
      map_.losses.push_back(fmt::format(
          "stream {} (audio, {}) is encoded to AAC: {}", facts.index, facts.codec, facts.detail));
    }
  }

  // The muxer makes a timecode track of the tag that the demuxer read from the old one.
  [[nodiscard]] bool is_timecode(const AVStream& stream) const {
    return stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd') && mp4_family(container_) &&
           !tag(source_.stream(map_.video).metadata, "timecode").empty();
  }

  // libavformat turns the text track that QuickTime keeps chapters in into chapters (mov.c).
  [[nodiscard]] bool is_chapters(const AVStream& stream) const {
    return stream.codecpar->codec_tag == MKTAG('t', 'e', 'x', 't') &&
           stream.codecpar->codec_id == AV_CODEC_ID_BIN_DATA && source_.context().nb_chapters > 0;
  }

  static bool has_packets(StreamFate fate) {
    return fate != StreamFate::dropped && fate != StreamFate::rewritten;
  }

  void keep_or_drop(StreamFacts& facts, bool taken) {
    if (taken) {
      copy(facts);
    } else {
      drop(facts, fmt::format("{} does not take it", media::facts(container_).name));
    }
  }

  static void copy(StreamFacts& facts) {
    facts.fate = StreamFate::copied;
    facts.result_codec = facts.codec;
  }

  void drop(StreamFacts& facts, std::string why) {
    map_.losses.push_back(fmt::format(
        "stream {} ({}, {}) is dropped: {}", facts.index, facts.type, facts.codec, why));
    facts.detail = std::move(why);
  }

  void number_results() {
    int next = 0;
    for (StreamFacts& facts : map_.streams) {
      facts.result_index = has_packets(facts.fate) ? next++ : -1;
    }
  }

  // libavformat's Matroska muxer knows one time scale.
  void check_precision() {
    const AVRational time_base = source_.stream(map_.video).time_base;
    const bool exact = 1000LL * time_base.num % time_base.den == 0;
    if (container_ == Container::mkv && !exact) {
      map_.losses.push_back(fmt::format(
          "times in {}/{} s are rounded to milliseconds, as Matroska keeps them",
          time_base.num,
          time_base.den));
    }
  }

  void find_start() {
    map_.start = earliest_start(source_, map_.kept());
    if (map_.start.value == 0) {
      return;
    }
    map_.notes.push_back(fmt::format(
        "the source starts at {:.3f} s; the result starts at 0",
        static_cast<double>(map_.start.value) * av_q2d(map_.start.time_base)));
  }

  const Demuxer& source_;
  const Container container_;
  const bool copy_video_;
  StreamMap map_{};
};

}  // namespace

std::vector<int> StreamMap::kept() const {
  std::vector<int> indices;
  for (const StreamFacts& facts : streams) {
    if (facts.result_index >= 0) {
      indices.push_back(facts.index);
    }
  }
  return indices;
}

int picture_stream(const Demuxer& source) {
  for (const AVStream* stream : source.streams()) {
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(*stream)) {
      return stream->index;
    }
  }
  throw Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "map streams",
      .reason = "the source has no video stream",
      .hint = "s3reel processes pictures; audio alone needs another tool"});
}

Instant earliest_start(const Demuxer& source, const std::vector<int>& streams) {
  std::optional<Instant> earliest;
  for (const int index : streams) {
    const AVStream& stream = source.stream(index);
    if (stream.start_time == AV_NOPTS_VALUE || is_cover(stream)) {
      continue;
    }
    const Instant start{stream.start_time, stream.time_base};
    if (!earliest ||
        av_compare_ts(start.value, start.time_base, earliest->value, earliest->time_base) < 0) {
      earliest = start;
    }
  }
  return earliest.value_or(Instant());
}

Instant film_start(const Demuxer& source) {
  std::vector<int> streams;
  for (const AVStream* stream : source.streams()) {
    const AVMediaType type = stream->codecpar->codec_type;
    if (type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO) {
      streams.push_back(stream->index);
    }
  }
  return earliest_start(source, streams);
}

StreamMap map_streams(const Demuxer& source, Container container, const Job& job) {
  return Mapper(source, container, job).run();
}

std::string stream_subject(const std::string& url, int index) {
  return fmt::format("{} stream {}", url, index);
}

}  // namespace s3reel::media
