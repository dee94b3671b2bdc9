#include "pipeline/transcode.h"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/cancelled.h"
#include "media/codec_memory.h"
#include "media/decoder.h"

namespace s3reel::pipeline {
namespace {

// Frames are what costs memory; more packets would only hide a slow stage.
constexpr std::size_t kPacketItems = 64;

std::vector<media::Interleaver::Density> densities(const media::StreamMap& map) {
  std::vector<media::Interleaver::Density> all;
  for (const StreamFacts& facts : map.streams) {
    if (facts.result_index >= 0) {
      const bool dense = facts.type == "video" || facts.type == "audio";
      all.push_back(
          dense ? media::Interleaver::Density::dense : media::Interleaver::Density::sparse);
    }
  }
  return all;
}

// Half of the frames on either side of the chain. Their bytes are limited as well, because pictures
// may grow on the way: a change of pixel format is followed, one of size refused by the encoder,
// behind both queues.
template <class Queue>
typename Queue::Limits frames_per_queue(const Limits& limits) {
  return {.items = std::max<std::size_t>(2, limits.frames) / 2, .bytes = limits.frame_bytes / 2};
}

std::size_t bytes_of(const media::FramePtr& frame) {
  return static_cast<std::size_t>(media::buffer_bytes(*frame));
}

Error defect(std::string reason) {
  return Error(ErrorInfo{.operation = "check the result", .reason = std::move(reason)});
}

}  // namespace

Transcode::Transcode(const Parts& parts)
    : parts_(parts),
      source_(parts.demuxer),
      copies_video_(parts.map.of(parts.map.video).fate == StreamFate::copied),
      packets_({kPacketItems, parts.limits.packet_bytes}),
      decoded_(frames_per_queue<FrameQueue>(parts.limits)),
      processed_(frames_per_queue<ResultQueue>(parts.limits)),
      interleaver_(densities(parts.map), parts.limits.interleaver_bytes),
      output_(
          {.job = parts.job,
           .source = source_,
           .map = parts.map,
           .container = parts.container,
           .seen = parts.seen,
           .through_ops = [&chain = parts.chain](
                              media::Picture picture) { return chain.outlook(std::move(picture)); },
           .writer = parts.writer,
           .log = parts.log}),
      frame_times_(source_.stream(parts.map.video).time_base, parts.map.start),
      tolerance_(parts.job.tolerate) {
  if (tolerance_.any() && decodes()) {
    parts.demuxer.deliver_corrupt(parts.map.video);
  }
  for (const StreamFacts& facts : parts.map.streams) {
    if (facts.fate == StreamFate::copied) {
      packet_times_.try_emplace(facts.index, source_.stream(facts.index), parts.map.start);
    }
  }
}

Outcome Transcode::run() {
  {
    const std::stop_callback on_stop(parts_.stop_source.get_token(), [this] { cancel_queues(); });
    std::vector<std::jthread> threads;
    threads.emplace_back([this] { guard(&Transcode::demux, demux_meter_); });
    if (decodes()) {
      threads.emplace_back([this] { guard(&Transcode::decode, decode_meter_); });
    }
    if (!copies_video_) {
      threads.emplace_back([this] { guard(&Transcode::process, chain_meter_); });
      threads.emplace_back([this] { guard(&Transcode::encode, encode_meter_); });
    }
    threads.emplace_back([this] { guard(&Transcode::mux, mux_meter_); });
  }  // joined here
  if (failure_) {
    std::rethrow_exception(failure_);
  }
  if (parts_.stop_source.stop_requested()) {
    throw base::Cancelled();
  }
  check_counts();
  return outcome();
}

void Transcode::guard(void (Transcode::*stage)(), StageMeter& meter) {
  meter.start();
  try {
    (this->*stage)();
  } catch (...) {
    fail(std::current_exception());
  }
  meter.stop();
}

void Transcode::fail(std::exception_ptr cause) {
  bool echo = false;
  try {
    std::rethrow_exception(cause);
  } catch (const base::Cancelled&) {
    echo = true;
  } catch (...) {
    echo = false;
  }
  if (!echo) {
    const std::scoped_lock lock(mutex_);
    if (!failure_) {
      failure_ = std::move(cause);
    }
  }
  parts_.stop_source.request_stop();
}

void Transcode::cancel_queues() noexcept {
  packets_.cancel();
  decoded_.cancel();
  if (parts_.feed != nullptr) {
    parts_.feed->cancel();
  }
  processed_.cancel();
  interleaver_.cancel();
}

bool Transcode::is_fed_alone() const {
  return parts_.feed != nullptr && std::ranges::none_of(parts_.map.streams, [](const auto& facts) {
           return facts.fate == StreamFate::copied || facts.fate == StreamFate::encoded;
         });
}

void Transcode::demux() {
  while (!is_fed_alone()) {
    media::PacketPtr packet = media::make_packet();
    // Reading waits for the store; that is this stage's work.
    if (parts_.demuxer.read(*packet) == media::Demuxer::Read::end) {
      break;
    }
    route(std::move(packet));
  }
  if (!is_fed_alone()) {
    parts_.demuxer.check_complete();
  }
  packets_.close();
  end_sound();
}

void Transcode::route(media::PacketPtr packet) {
  const StreamFacts& facts = parts_.map.of(packet->stream_index);
  const auto send = [&](media::PacketPtr ready) {
    demux_meter_.waiting([&] { interleaver_.push(facts.result_index, std::move(ready)); });
  };
  switch (facts.fate) {
    case StreamFate::processed: {
      const auto size = static_cast<std::size_t>(packet->size);
      demux_meter_.waiting([&] { packets_.push(std::move(packet), size); });
      break;
    }
    case StreamFate::copied:
      packet_times_.at(facts.index).apply(*packet);
      send(std::move(packet));
      break;
    case StreamFate::encoded:
      output_.encode_sound(*packet, send);
      break;
    case StreamFate::rewritten:
    case StreamFate::dropped:
      break;
  }
}

void Transcode::end_sound() {
  for (const StreamFacts& facts : parts_.map.streams) {
    if (facts.fate == StreamFate::encoded) {
      output_.drain_sound(facts.index, [&](media::PacketPtr encoded) {
        interleaver_.push(facts.result_index, std::move(encoded));
      });
    }
    if (facts.fate == StreamFate::encoded || facts.fate == StreamFate::copied) {
      interleaver_.end(facts.result_index);
    }
  }
}

void Transcode::decode() {
  media::Decoder decoder(
      source_.stream(parts_.map.video),
      parts_.job.video.threads,
      media::stream_subject(parts_.demuxer.identity().url, parts_.map.video),
      &tolerance_);
  const auto on_frame = [&](media::FramePtr frame) {
    frame_times_.apply(*frame);
    // Ops that change the picture's size compute with what a player would take.
    frame->sample_aspect_ratio = source_.sample_aspect(parts_.map.video, *frame);
    ++parts_.counters.decoded;
    const std::size_t bytes = bytes_of(frame);
    decode_meter_.waiting([&] { decoded_.push(std::move(frame), bytes); });
  };
  while (auto packet = decode_meter_.waiting([&] { return packets_.pop(); })) {
    decoder.decode(**packet, on_frame);
  }
  decoder.drain(on_frame);
  undecodable_leading_ = decoder.undecodable_leading();
  decoded_.close();
}

void Transcode::process() {
  const auto emit = [&](ops::Item item) {
    ++parts_.counters.chain_out;
    const std::size_t bytes = bytes_of(item.frame);
    chain_meter_.waiting([&] { processed_.push(std::move(item), bytes); });
  };
  FrameQueue& frames = decodes() ? decoded_ : *parts_.feed;
  while (auto frame = chain_meter_.waiting([&] { return frames.pop(); })) {
    parts_.counters.decoded += decodes() ? 0 : 1;
    ++parts_.counters.chain_in;
    parts_.chain.push(std::move(*frame), emit);
  }
  parts_.chain.flush(emit);
  processed_.close();
}

void Transcode::encode() {
  const int index = parts_.map.of(parts_.map.video).result_index;
  const auto on_packet = [&](media::PacketPtr packet) {
    encode_meter_.waiting([&] { interleaver_.push(index, std::move(packet)); });
  };
  bool any = false;
  while (auto item = encode_meter_.waiting([&] { return processed_.pop(); })) {
    if (!std::exchange(any, true)) {
      output_.open(*item->frame, item->home);
    }
    output_.encoder().encode(output_.prepare(std::move(item->frame)), on_packet);
  }
  if (!any) {
    throw no_frame();
  }
  output_.encoder().drain(on_packet);
  interleaver_.end(index);
}

Error Transcode::no_frame() const {
  if (parts_.feed != nullptr) {
    return Error(ErrorInfo{
        .kind = ErrorKind::usage, .operation = "write", .reason = "no frame was written"});
  }
  if (parts_.counters.chain_in > 0) {
    return Error(ErrorInfo{
        .kind = ErrorKind::op,
        .operation = "ops",
        .subject = "end of the video",
        .reason = fmt::format(
            "they handed on none of {} frames, and a video has one at least",
            parts_.counters.chain_in.load()),
        .hint = parts_.chain.errors().loss()});
  }
  return Error(ErrorInfo{
      .kind = ErrorKind::input,
      .operation = "decode",
      .subject = media::stream_subject(parts_.demuxer.identity().url, parts_.map.video),
      .reason = "not a single frame could be decoded",
      .hint = "check the source with ffprobe"});
}

void Transcode::mux() {
  mux_meter_.waiting([&] { interleaver_.wait(); });
  if (copies_video_) {
    output_.open_copy();
  } else {
    output_.open_unseen();
  }
  const int video = parts_.map.of(parts_.map.video).result_index;
  while (auto packet = mux_meter_.waiting([&] { return interleaver_.pop(); })) {
    if ((*packet)->stream_index == video) {
      ++parts_.counters.muxed;
      video_span_.add(**packet);
      parts_.counters.position_us = video_span_.end_us();
    }
    output_.muxer().write(**packet);
  }
  // Every stream has ended, so nobody reads any more. The source's index need not be in memory
  // beside the result's while that is written.
  parts_.demuxer.close();
  output_.muxer().finish();
}

void Transcode::check_counts() const {
  const Counters& counted = parts_.counters;
  if (counted.muxed == 0) {
    throw defect("no video packet was written");
  }
  if (copies_video_) {
    return;
  }
  if (counted.decoded != counted.chain_in || counted.chain_out != counted.muxed) {
    throw defect(fmt::format(
        "frames were lost on the way: {} decoded, {} into the chain, {} out of it, {} written",
        counted.decoded.load(),
        counted.chain_in.load(),
        counted.chain_out.load(),
        counted.muxed.load()));
  }
}

Outcome Transcode::outcome() const {
  Outcome result;
  result.losses = output_.losses();
  for (const std::string& loss : parts_.demuxer.losses()) {
    result.losses.push_back(loss);
  }
  result.notes = output_.notes();
  result.encoder = output_.encoder_name();
  result.duration_seconds = video_span_.seconds();
  result.longest_frame_seconds = video_span_.longest_seconds();
  for (const std::string& loss : output_.encoding_losses()) {
    result.losses.push_back(loss);
  }
  for (const std::string& loss : frame_times_.losses()) {
    result.losses.push_back(loss);
  }
  for (const auto& [index, times] : packet_times_) {
    if (!times.loss().empty()) {
      result.losses.push_back(times.loss());
    }
  }
  if (video_span_.hidden() > 0) {
    // Pictures shown before the key frame that the source begins with, such as HEVC's RADL.
    result.losses.push_back(fmt::format(
        "{} pictures come before the source's first time; players do not show them",
        video_span_.hidden()));
  }
  if (undecodable_leading_ > 0) {
    result.losses.push_back(fmt::format(
        "{} packets before the first usable key frame could not be decoded", undecodable_leading_));
  }
  result.damaged = tolerance_.met();
  if (!result.damaged.empty()) {
    result.losses.push_back(tolerance_.loss());
  }
  result.stages.push_back(demux_meter_.facts());
  if (decodes()) {
    result.stages.push_back(decode_meter_.facts());
  }
  if (!copies_video_) {
    result.stages.push_back(chain_meter_.facts());
    result.stages.push_back(encode_meter_.facts());
  }
  result.stages.push_back(mux_meter_.facts());
  return result;
}

}  // namespace s3reel::pipeline
