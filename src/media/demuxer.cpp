#include "media/demuxer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "media/av_error.h"
#include "media/byte_plan.h"
#include "media/log_capture.h"
#include "media/tags.h"
#include "media/truncation.h"
#include "mp4/layout.h"

namespace s3reel::media {
namespace {

// An empty name and no URL: what libavformat prints or opens must not depend on the location.
constexpr const char* kNoUrl = "";
constexpr const char* kNotAVideo = "this is not a video file that can be read";

bool is_matroska(const AVInputFormat& format) {
  return std::string_view(format.name).starts_with("matroska");
}

/// What of the MP4 family a file is; other formats are `none`.
struct IsoKind {
  bool iso = false;
  bool fragmented = false;
};

IsoKind iso_kind(io::ByteSource& source) {
  const std::uint64_t size = source.identity().size;
  const auto read = [&source](std::uint64_t offset, std::span<std::byte> out) {
    return source.read_at(offset, out);
  };
  std::array<std::byte, mp4::kHeaderBytes> head{};
  std::size_t have = 0;
  while (have < head.size() && have < size) {
    have += source.read_at(have, std::span(head).subspan(have));
  }
  if (!mp4::begins_like_iso_media(std::span(head).first(have))) {
    return {};
  }
  return {true, mp4::walk_top_level(read, size).has(mp4::fourcc("moof"))};
}

bool is_iso_media(const AVInputFormat& format) {
  return std::strstr(format.name, "mp4") != nullptr;
}

}  // namespace

Demuxer::Demuxer(
    io::ByteSource& source, Depth depth, const base::Log& log, const InputLimits& limits)
    : source_(source), limits_(limits), input_(source, limits.opening_bytes, limits.packet_bytes) {
  open_ended_ = check_not_truncated(source);
  open(log);
  find_streams(depth);
  input_.end_opening();
  opening_ = false;
}

void Demuxer::open(const base::Log& log) {
  const IsoKind kind = iso_kind(source_);
  // A fragmented film's index grows while it is read.
  index_is_whole_ = kind.iso && !kind.fragmented;
  fragmented_ = kind.fragmented;
  begun_ = std::chrono::steady_clock::now();  // what came before only waited for the source
  const AVInputFormat* recognised = recognise();
  Dictionary options;
  AVFormatContext* raw = new_context(options);
  if (kind.iso) {
    // Otherwise libavformat goes to every fragment of a fragmented file before the first packet,
    // and in a progressive one to what lies behind its samples.
    raw->flags |= AVFMT_FLAG_IGNIDX;
  }
  const int code = avformat_open_input(&raw, kNoUrl, recognised, options.get());
  format_.reset(raw);  // null after a failure
  check_opened(code, kNotAVideo);
  log.debug(fmt::format("container {}", format_->iformat->name));
}

const AVInputFormat* Demuxer::recognise() {
  const AVInputFormat* format = nullptr;
  const int code = av_probe_input_buffer2(input_.context(), &format, kNoUrl, nullptr, 0, 0);
  check_opened(code, kNotAVideo);
  check_container(*format, source_.identity().url);
  guard(*format);
  return format;
}

void Demuxer::guard(const AVInputFormat& format) {
  const std::uint64_t size = source_.identity().size;
  const std::string_view name = format.name;
  if (is_iso_media(format)) {
    input_.guard_index(limits_.index_entries);
  } else if (name == "mxf") {
    input_.scan_claims(ClaimScan::Format::mxf, entries_limit(size, limits_.index_entries));
  } else if (is_matroska(format)) {
    constexpr std::uint64_t kDescriptions = 4;  // libavformat keeps those of unknown kinds
    input_.scan_claims(ClaimScan::Format::matroska, kDescriptions * limits_.streams);
  }
}

AVFormatContext* Demuxer::new_context(Dictionary& options) {
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) {
    throw std::bad_alloc();
  }
  raw->pb = input_.context();
  raw->flags |= AVFMT_FLAG_CUSTOM_IO;
  raw->max_streams = static_cast<int>(limits_.streams);
  forbid_other_places(*raw, options, asked_);
  raw->interrupt_callback = {
      .callback = [](void* opaque) -> int {
        const auto& self = *static_cast<const Demuxer*>(opaque);
        return self.opening_ && self.own_time() > self.limits_.opening_time ? 1 : 0;
      },
      .opaque = this};
  return raw;
}

std::chrono::steady_clock::duration Demuxer::own_time() const {
  return std::chrono::steady_clock::now() - begun_ - input_.waited();
}

/// What libavformat reports says little about why.
void Demuxer::check_opened(int code, const char* reason) {
  input_.rethrow_pending();
  const std::string& subject = source_.identity().url;
  if (!asked_.empty()) {
    throw hostile_input(
        subject,
        fmt::format("it refers to another place, '{}', which is not followed", asked_),
        "put all of the video into one file");
  }
  if (own_time() > limits_.opening_time) {  // interrupted, it may have ended without an error
    throw hostile_input(
        subject,
        fmt::format("finding out what it holds took more than {} s", limits_.opening_time.count()),
        "check the source with ffprobe");
  }
  if (code == AVERROR(ENOMEM) || (format_ && format_->nb_streams >= limits_.streams)) {
    throw hostile_input(
        subject,
        fmt::format("it claims {} streams or more, or more memory than there is", limits_.streams),
        "check the source with ffprobe");
  }
  if (code < 0) {
    throw bad_input(reason, code);
  }
  for (unsigned i = 0; format_ && i < format_->nb_streams; ++i) {
    check_picture(*stream(static_cast<int>(i)).codecpar, static_cast<int>(i), limits_, subject);
  }
}

void Demuxer::find_streams(Depth depth) {
  if (depth == Depth::probe) {
    format_->probesize = static_cast<std::int64_t>(256 * base::kKiB);
  }
  const int code = find_stream_info(*format_, limits_);
  check_opened(code, "its streams cannot be made out");
  delivered_.assign(format_->nb_streams, 0);
}

bool Demuxer::states_pixel_format(int index) const {
  return stream(index).codecpar->format != AV_PIX_FMT_NONE;
}

AVRational Demuxer::frame_rate(int index) const {
  AVStream* one = streams()[static_cast<std::size_t>(index)];
  const AVRational guess = av_guess_frame_rate(format_.get(), one, nullptr);
  // Rate control wants frames a second; a time base in disguise (57600/1) would starve it.
  const bool plausible = guess.num > 0 && guess.den > 0 && av_q2d(guess) <= 240.0;
  if (!plausible && one->avg_frame_rate.num > 0 && one->avg_frame_rate.den > 0) {
    return one->avg_frame_rate;
  }
  return plausible ? guess : AVRational{25, 1};
}

void Demuxer::select(const std::vector<int>& chosen) {
  selected_ = chosen;
  for (AVStream* one : streams()) {
    const bool wanted = std::find(chosen.begin(), chosen.end(), one->index) != chosen.end();
    // Where recordings were joined, only the other streams show that the picture goes on in them.
    const bool watched = is_sequential() && one->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    one->discard = wanted || watched ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  check_index();
  if (index_is_whole_) {
    source_.plan(plan_bytes(*format_, chosen, source_.identity().size));
  }
}

void Demuxer::seek(int stream, std::int64_t time) {
  input_.begin_packet();
  const int code = av_seek_frame(format_.get(), stream, time, AVSEEK_FLAG_BACKWARD);
  input_.rethrow_pending();
  if (code < 0) {  // it lies before all that the container can find
    rewind(stream);
  }
}

void Demuxer::rewind(int stream) {
  input_.begin_packet();
  const bool by_byte = is_sequential();
  const std::int64_t start = this->stream(stream).start_time;
  const int code =
      by_byte
          ? av_seek_frame(format_.get(), -1, 0, AVSEEK_FLAG_BYTE)
          : av_seek_frame(
                format_.get(), stream, start == AV_NOPTS_VALUE ? 0 : start, AVSEEK_FLAG_BACKWARD);
  input_.rethrow_pending();
  if (code < 0) {
    throw bad_input("its beginning cannot be found a second time", code);
  }
  std::ranges::fill(delivered_, 0);
  others_.clear();
  picture_position_ = -1;
}

Demuxer::Read Demuxer::read(AVPacket& packet) {
  while (true) {
    input_.begin_packet();
    const LogCapture said(format_.get());
    const int code = av_read_frame(format_.get(), &packet);
    input_.rethrow_pending();
    check_parsed(said.text());
    if (code == AVERROR_EOF) {
      return Read::end;
    }
    if (code == AVERROR(EAGAIN)) {
      continue;
    }
    if (code < 0) {
      throw bad_input("it ends or breaks off in the middle of its data", code);
    }
    const auto index = static_cast<std::size_t>(packet.stream_index);
    if (!is_wanted(packet.stream_index)) {
      note_other(packet);
      av_packet_unref(&packet);
      continue;
    }
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && packet.stream_index != delivers_corrupt_) {
      throw bad_input(fmt::format(
          "stream {} has a corrupt or cut packet at byte {}", packet.stream_index, packet.pos));
    }
    ++delivered_[index];
    if (stream(packet.stream_index).codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
      picture_position_ = std::max(picture_position_, packet.pos);
    }
    return Read::packet;
  }
}

/// libavformat looks for the next cluster where it cannot make sense of a Matroska file, and tells
/// its log alone that it left out what was between (libavformat/matroskadec.c, matroska_resync).
void Demuxer::check_parsed(const std::string& said) const {
  if (!said.empty() && is_matroska(*format_->iformat)) {
    throw bad_input(fmt::format("a part of it is damaged: {}", said));
  }
}

void Demuxer::note_other(const AVPacket& packet) {
  const AVStream& one = stream(packet.stream_index);
  const std::int64_t time = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
  others_.try_emplace(
      packet.stream_index,
      Other{
          .type = one.codecpar->codec_type,
          .codec = one.codecpar->codec_id,
          .begin_seconds =
              time == AV_NOPTS_VALUE ? 0.0 : static_cast<double>(time) * av_q2d(one.time_base),
          .position = packet.pos});
}

// Nothing is ready for streams that appear in the middle, as they may in MPEG-TS, MPEG-PS and FLV;
// packets of others may have been buffered while the streams were made out.
bool Demuxer::is_wanted(int stream) const {
  return static_cast<std::size_t>(stream) < delivered_.size() &&
         (selected_.empty() ||
          std::find(selected_.begin(), selected_.end(), stream) != selected_.end());
}

void Demuxer::check_complete() const {
  if ((format_->pb != nullptr) && format_->pb->error < 0) {
    throw bad_input("reading it failed", format_->pb->error);
  }
  check_open_end();
  check_last_fragment();
  check_read_to_end();
  check_picture_goes_on();
  if (!has_full_index()) {
    return;
  }
  for (const int index : selected_) {
    AVStream* one = streams()[static_cast<std::size_t>(index)];
    const std::int64_t promised = avformat_index_get_entries_count(one);
    const std::int64_t got = delivered_[static_cast<std::size_t>(index)];
    if (got < promised && (one->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0) {
      throw bad_input(fmt::format(
          "stream {} holds {} samples, but its index promises {}", index, got, promised));
    }
  }
}

// The last packets of a stream may come out behind the first of its successor, so it is their
// places in the file that tell.
void Demuxer::check_picture_goes_on() const {
  if (!is_sequential()) {
    return;
  }
  for (const auto& [index, other] : others_) {
    if (other.type == AVMEDIA_TYPE_VIDEO && picture_position_ >= 0 &&
        picture_position_ < other.position) {
      throw bad_input(fmt::format(
          "its picture ends and goes on in stream {} at {:.3f} s", index, other.begin_seconds));
    }
  }
}

std::vector<std::string> Demuxer::losses() const {
  std::vector<std::string> words;
  for (const auto& [index, other] : others_) {
    if (static_cast<std::size_t>(index) >= delivered_.size()) {
      words.push_back(fmt::format(
          "stream {} ({}, {}) begins at {:.3f} s, was not announced and is dropped",
          index,
          type_name(other.type),
          avcodec_get_name(other.codec),
          other.begin_seconds));
    }
  }
  return words;
}

// What libavformat left unread might have been frames.
void Demuxer::check_read_to_end() const {
  AVIOContext* input = format_->pb;
  if (is_sequential() && avio_feof(input) == 0) {
    throw bad_input(fmt::format(
        "reading ended at byte {}, the object at {}", avio_tell(input), source_.identity().size));
  }
}

// libavformat takes a recording that was cut off for one that was ended.
void Demuxer::check_open_end() const {
  if (!open_ended_) {
    return;
  }
  std::int64_t cluster = 0;  // entries of libavformat's own index name the Cluster
  for (AVStream* one : streams()) {
    const int count = avformat_index_get_entries_count(one);
    if (count > 0) {
      cluster = std::max(cluster, avformat_index_get_entry(one, count - 1)->pos);
    }
  }
  check_matroska_end(source_, static_cast<std::uint64_t>(cluster));
}

// A fragment cut off before the first sample of its index is no fragment to libavformat.
void Demuxer::check_last_fragment() const {
  if (!fragmented_) {
    return;
  }
  std::int64_t end = 0;
  for (AVStream* one : streams()) {
    const int count = avformat_index_get_entries_count(one);
    for (int i = 0; i < count; ++i) {
      const AVIndexEntry* entry = avformat_index_get_entry(one, i);
      end = std::max(end, entry->pos + entry->size);
    }
  }
  check_fragments_end(source_, static_cast<std::uint64_t>(end));
}

void Demuxer::check_index() const {
  if (!has_full_index()) {
    return;
  }
  const std::uint64_t size = source_.identity().size;
  for (const int index : selected_) {
    AVStream* one = streams()[static_cast<std::size_t>(index)];
    const int count = avformat_index_get_entries_count(one);
    for (int i = 0; i < count; ++i) {
      const AVIndexEntry* entry = avformat_index_get_entry(one, i);
      const std::uint64_t end =
          static_cast<std::uint64_t>(entry->pos) + static_cast<std::uint64_t>(entry->size);
      if (end > size) {
        throw bad_input(fmt::format(
            "truncated: sample {} of stream {} ends at byte {}, the object has {}",
            i,
            index,
            end,
            size));
      }
    }
  }
}

bool Demuxer::has_full_index() const {
  // Of the formats with an index only the MP4 family lists every sample in it.
  return is_iso_media(*format_->iformat);
}

bool Demuxer::is_sequential() const {
  // These have neither index nor length.
  static constexpr std::array<std::string_view, 4> kSequential{"mpegts", "mpeg", "h264", "hevc"};
  return std::find(kSequential.begin(), kSequential.end(), format_->iformat->name) !=
         kSequential.end();
}

Error Demuxer::bad_input(std::string reason, int code) const {
  return Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "read",
      .subject = source_.identity().url,
      .reason = code < 0 ? fmt::format("{} ({})", reason, av_reason(code)) : std::move(reason),
      .hint = "check the source with ffprobe, or upload it again",
      .av_error = code});
}

}  // namespace s3reel::media
