#include "media/frame_cursor.h"

#include <algorithm>
#include <utility>

#include "media/byte_plan.h"

namespace s3reel::media {
namespace {

// Without an index: how far decoding on is thought to be less work than finding another place. A
// usual group of pictures is shorter.
constexpr std::int64_t kNearSeconds = 10;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value >= 0 ? value / by : -((by - 1 - value) / by);
}

}  // namespace

FrameCursor::FrameCursor(Demuxer& demuxer, int stream, Instant start, int threads)
    : demuxer_(demuxer),
      stream_(stream),
      start_(start),
      threads_(threads),
      subject_(stream_subject(demuxer.identity().url, stream)),
      index_(demuxer.stream(stream)),
      has_fields_(demuxer.stream(stream).codecpar->field_order > AV_FIELD_PROGRESSIVE) {
  new_decoder(Decoder::Begin::start);
}

void FrameCursor::new_decoder(Decoder::Begin begin) {
  decoder_.emplace(stream(), threads_, subject_, nullptr, begin);
  times_.emplace(stream().time_base, start_);
  ready_.clear();
  ended_ = false;
  read_to_end_ = false;
}

// The inverse of FrameTimes.
std::int64_t FrameCursor::in_stream(std::int64_t time) const {
  return floor_divide(time + start_.in(time_base()), stream().time_base.num);
}

std::optional<int> FrameCursor::samples() const {
  return demuxer_.has_whole_index() ? std::optional(index_.count()) : std::nullopt;
}

void FrameCursor::plan(const std::vector<Span>& spans) {
  if (!demuxer_.has_whole_index()) {
    return;
  }
  std::vector<io::ByteRange> ranges;
  int next = 0;  // spans ascend: no sample is named twice
  for (const Span& span : spans) {
    const int last = index_.last_at(in_stream(span.to));
    index_.add_bytes(std::max(index_.key_at(in_stream(span.from)), next), last, ranges);
    next = std::max(next, last + 1);
  }
  demuxer_.plan(merged(std::move(ranges)));
}

bool FrameCursor::needs_last_sample(std::int64_t time) const {
  return index_.last_at(in_stream(time)) == index_.count() - 1;
}

// The index has the times at which samples are decoded, and with pictures out of order the last one
// may be shown long after those. Packets of the last group tell, without being decoded; the
// duration, which may be wrong, only says when it is worth a look.
bool FrameCursor::has_ended_by(std::int64_t time) {
  const AVStream& film = stream();
  const std::int64_t place = in_stream(time);
  const bool may_have = demuxer_.has_whole_index() && index_.count() > 0 &&
                        film.start_time != AV_NOPTS_VALUE && film.duration > 0 &&
                        place >= av_sat_add64(film.start_time, film.duration) &&
                        needs_last_sample(time);
  if (may_have && !end_) {
    end_ = end_of_last_group();
  }
  return may_have && place >= *end_;
}

std::int64_t FrameCursor::end_of_last_group() {
  std::int64_t last = INT64_MIN;
  std::int64_t end = INT64_MAX;
  const int key = index_.key_at(index_.time(index_.count() - 1));
  if (key < 0) {
    return end;
  }
  restart(index_.time(key), false);
  while (read(*packet_)) {
    if (packet_->pts != AV_NOPTS_VALUE && packet_->pts > last) {
      last = packet_->pts;
      end = last + std::max<std::int64_t>(packet_->duration, 1);
    }
  }
  ended_ = true;
  return end;
}

bool FrameCursor::in_one_group(std::int64_t a, std::int64_t b) const {
  if (demuxer_.has_whole_index()) {
    return index_.key_at(in_stream(a)) == index_.key_at(in_stream(b));
  }
  return b - a <= kNearSeconds * time_base().den;
}

/// Decoding on from here reaches that frame with no more work than from anywhere else.
bool FrameCursor::leads_to(std::int64_t time) const {
  if (ended_ || (ready_.empty() ? !untouched_ : ready_.front()->pts > time)) {
    return false;
  }
  const std::int64_t place = in_stream(time);
  if (demuxer_.has_whole_index()) {
    const int key = index_.key_at(place);
    return key <= 0 || (!untouched_ && index_.time(key) <= position_);
  }
  const std::int64_t here = untouched_ ? in_stream(0) : position_;
  const AVRational base = stream().time_base;
  return (place - here) * base.num <= kNearSeconds * base.den;
}

bool FrameCursor::is_beginning(std::int64_t place) const {
  if (demuxer_.has_whole_index()) {
    return index_.key_at(place) <= 0;
  }
  return stream().start_time == AV_NOPTS_VALUE ? place <= 0 : place <= stream().start_time;
}

std::int64_t FrameCursor::place_before(std::int64_t place, std::int64_t back) const {
  return demuxer_.has_whole_index() ? index_.time(index_.key_at(place)) - 1 : place - back;
}

void FrameCursor::restart(std::int64_t place, bool from_beginning) {
  if (from_beginning && !untouched_) {
    demuxer_.rewind(stream_);
    sought_ = false;
  } else if (!from_beginning) {
    demuxer_.seek(stream_, place);
    sought_ = true;
  }
  untouched_ = false;
  awaits_key_ = !from_beginning;
  position_ = place;
  new_decoder(from_beginning ? Decoder::Begin::start : Decoder::Begin::middle);
}

// A key frame may be decoded before `time` and shown after it, and pictures shown before their key
// frame may need another one before that.
void FrameCursor::approach(std::int64_t time, const std::function<void()>& decode) {
  std::int64_t place = in_stream(time);
  std::int64_t back = stream().time_base.den / stream().time_base.num + 1;  // a second
  while (true) {
    const bool beginning = is_beginning(place);
    restart(place, beginning);
    decode();
    if (beginning || (!ready_.empty() && ready_.front()->pts <= time)) {
      return;
    }
    place = place_before(place, back);
    back *= 2;
  }
}

void FrameCursor::seek(std::int64_t time) {
  if (!leads_to(time)) {
    approach(time, [this] { fill(1); });
  }
  advance(time);
}

FramePtr FrameCursor::next() {
  if (!fill(1)) {
    return {};
  }
  FramePtr frame = std::move(ready_.front());
  ready_.pop_front();
  return frame;
}

FramePtr FrameCursor::at(std::int64_t time, std::optional<std::int64_t> then) {
  trim(time);
  if (holds(time)) {
    // as it was asked for before
  } else if (then && in_one_group(time, *then)) {
    seek(time);
  } else {
    if (leads_to(time)) {
      decode_up_to(time);
    } else {
      approach(time, [&] { decode_up_to(time); });
    }
    if (!is_complete()) {
      // libavcodec's H.264 decoder drops what it holds if it began at a key frame that is no IDR.
      seek(time);
    }
  }
  // The frame may be shown at the next time as well, so it stays here too.
  return ready_.empty() ? FramePtr() : ref_frame(*ready_.front());
}

bool FrameCursor::fill(std::size_t frames) {
  while (ready_.size() < frames && !ended_) {
    if (read(*packet_)) {
      decode(*packet_);
      continue;
    }
    read_to_end_ = true;
    drain();
    if (!sought_) {
      demuxer_.check_complete();
    }
  }
  return ready_.size() >= frames;
}

void FrameCursor::advance(std::int64_t time) {
  while (fill(2) && ready_[1]->pts <= time) {
    ready_.pop_front();
  }
}

void FrameCursor::trim(std::int64_t time) {
  while (ready_.size() > 1 && ready_[1]->pts <= time) {
    ready_.pop_front();
  }
}

bool FrameCursor::holds(std::int64_t time) const {
  if (ready_.empty() || ready_.front()->pts > time) {
    return false;
  }
  return ready_.size() > 1 ? ready_[1]->pts > time : read_to_end_;
}

void FrameCursor::decode_up_to(std::int64_t time) {
  const auto is_found = [&] {
    return !ready_.empty() && ready_.back()->pts >= time;
  };
  const std::int64_t last = in_stream(time);
  expected_ = AV_NOPTS_VALUE;
  bool more = true;
  while (!ended_ && !is_found()) {
    if (!more || !read(*packet_)) {
      read_to_end_ = more;
      more ? drain() : break_off();
      break;
    }
    // No frame is shown before it is decoded, so what is decoded later is not the one. Where frames
    // consist of fields, the packet may be the other field of the one before it.
    const bool behind = packet_->dts != AV_NOPTS_VALUE && packet_->dts > last;
    more = !behind && (has_fields_ || packet_->pts != last);
    if (!behind || has_fields_) {
      decode(*packet_);
    }
    if (packet_->pts != AV_NOPTS_VALUE && packet_->pts <= last) {
      expected_ = std::max(expected_, packet_->pts);
    }
  }
  trim(time);
  if (ended_ && !read_to_end_ && ready_.size() > 1) {
    ready_.resize(1);  // others may belong between those that were decoded ahead
  }
}

bool FrameCursor::is_complete() const {
  // Where no frame is shown yet at that time, none may have been decoded.
  return !ready_.empty() &&
         (expected_ == AV_NOPTS_VALUE || in_stream(ready_.front()->pts) >= expected_);
}

bool FrameCursor::read(AVPacket& packet) {
  untouched_ = false;
  while (true) {
    av_packet_unref(&packet);
    if (demuxer_.read(packet) == Demuxer::Read::end) {
      return false;
    }
    if (packet.stream_index != stream_) {
      continue;
    }
    awaits_key_ = awaits_key_ && (packet.flags & AV_PKT_FLAG_KEY) == 0;
    if (!awaits_key_) {
      position_ = packet.dts != AV_NOPTS_VALUE ? packet.dts : position_;
      return true;
    }
  }
}

void FrameCursor::decode(const AVPacket& packet) {
  decoder_->decode(packet, [this](FramePtr frame) { take(std::move(frame)); });
}

void FrameCursor::break_off() {
  ended_ = true;
  decoder_->break_off([this](FramePtr frame) { take(std::move(frame)); });
}

void FrameCursor::drain() {
  ended_ = true;
  decoder_->drain([this](FramePtr frame) { take(std::move(frame)); });
}

void FrameCursor::take(FramePtr frame) {
  times_->apply(*frame);
  // It only reads the stream.
  auto* from = const_cast<AVStream*>(&stream());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  frame->sample_aspect_ratio = av_guess_sample_aspect_ratio(nullptr, from, frame.get());
  ready_.push_back(std::move(frame));
}

}  // namespace s3reel::media
