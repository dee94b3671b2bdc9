#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bounded_queue.h"
#include "base/log.h"
#include "media/demuxer.h"
#include "media/frame_times.h"
#include "media/interleaver.h"
#include "media/output.h"
#include "media/packet_span.h"
#include "media/packet_times.h"
#include "media/source_copy.h"
#include "media/stream_map.h"
#include "media/tolerance.h"
#include "ops/chain.h"
#include "pipeline/counters.h"
#include "pipeline/limits.h"
#include "pipeline/stage_meter.h"

namespace s3reel::pipeline {

/// What a finished run adds to the report.
struct Outcome {
  std::vector<StageFacts> stages;
  std::vector<std::string> losses;
  std::vector<std::string> notes;
  std::string encoder;
  std::vector<DamagedFrame> damaged;
  double duration_seconds = 0.0;  ///< of the picture in the result
  double longest_frame_seconds = 0.0;
};

/// Frames on their way from one stage to the next.
using FrameQueue = base::BoundedQueue<media::FramePtr>;

/// Runs one job's stages, each on a thread of its own, until everything is muxed and checked; it
/// does not publish.
///
///   demux ─ packets ─► decode ─ frames ─► chain ─ frames ─► encode ─┐
///     └──────────── packets of copied and encoded sound ────────────┴─► interleaver ─► mux
///
/// With a feed there is no decoding: frames come from elsewhere.
///
/// Stages see their queues, never each other. The first failure wins: it stops `stop_source`, on
/// which the source and the writer hang, cancels every queue, and is thrown by run().
class Transcode {
 public:
  struct Parts {
    const Job& job;
    media::Demuxer& demuxer;
    const media::StreamMap& map;
    media::Container container;
    io::ObjectWriter& writer;
    ops::Chain& chain;
    Counters& counters;
    std::stop_source stop_source;
    Limits limits{};
    media::FrameView seen;  ///< see media::Output::Parts
    /// Where the picture comes from instead of the decoder; null: it is decoded. The demuxer then
    /// delivers the other streams only. A failure cancels it.
    FrameQueue* feed = nullptr;
    const base::Log& log;
  };

  explicit Transcode(const Parts& parts);

  Transcode(const Transcode&) = delete;
  Transcode& operator=(const Transcode&) = delete;
  ~Transcode() = default;

  /// Blocks until the result is complete in the writer. Throws Error, or Cancelled when it was
  /// stopped from outside.
  Outcome run();

 private:
  using PacketQueue = base::BoundedQueue<media::PacketPtr>;
  using ResultQueue = base::BoundedQueue<ops::Item>;

  void demux();
  void decode();
  void process();
  void encode();
  void mux();

  void route(media::PacketPtr packet);
  void end_sound();
  void guard(void (Transcode::*stage)(), StageMeter& meter);
  void fail(std::exception_ptr cause);
  void cancel_queues() noexcept;

  [[nodiscard]] bool decodes() const { return !copies_video_ && parts_.feed == nullptr; }

  /// Nothing of the source goes along with the frames that are fed.
  [[nodiscard]] bool is_fed_alone() const;
  [[nodiscard]] Error no_frame() const;
  void check_counts() const;
  Outcome outcome() const;

  const Parts parts_;
  const media::SourceCopy source_;  ///< for every thread but the demuxing one
  const bool copies_video_;
  PacketQueue packets_;
  FrameQueue decoded_;
  ResultQueue processed_;
  media::Interleaver interleaver_;
  media::Output output_;
  media::FrameTimes frame_times_;                   ///< belongs to the decoding thread
  std::map<int, media::PacketTimes> packet_times_;  ///< by source index; the demuxing thread's
  media::Tolerance tolerance_;
  media::PacketSpan video_span_;  ///< belongs to the muxing thread
  StageMeter demux_meter_{"read"};
  StageMeter decode_meter_{"decode"};
  StageMeter chain_meter_{"chain"};
  StageMeter encode_meter_{"encode"};
  StageMeter mux_meter_{"write"};
  std::uint64_t undecodable_leading_ = 0;  ///< written by the decoding thread

  std::mutex mutex_;
  std::exception_ptr failure_;  ///< guarded by mutex_ while threads run
};

}  // namespace s3reel::pipeline
