#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/job_id.h"
#include "app/media_session.h"
#include "app/memory_shares.h"
#include "app/observer_gate.h"
#include "app/process_usage.h"
#include "app/progress_ticker.h"
#include "app/stores.h"
#include "base/cancelled.h"
#include "base/memory_limit.h"
#include "io/location.h"
#include "media/codec_memory.h"
#include "media/head_check.h"
#include "media/library.h"
#include "media/metadata.h"
#include "ops/registry.h"
#include "pipeline/transcode.h"
#include "s3/header_values.h"
#include "s3reel/s3reel.h"

namespace s3reel {
namespace {

constexpr double kMicrosecond = 1e-6;

const char* publication_name(io::Guard guard) {
  switch (guard) {
    case io::Guard::guarded:
      return "guarded";
    case io::Guard::checked_only:
      return "checked only";
    case io::Guard::none:
      break;
  }
  return "replaced allowed";
}

/// RangedGet: length and Content-Range of each range, and that all are of one generation.
const char* checked_of(const Job& job, const io::SourceIdentity& source) {
  const bool web = io::parse_location(job.source.url).kind == io::LocationKind::web;
  if (web && !s3::is_strong_etag(source.etag)) {
    return "length, range and Last-Modified: the server gives no strong ETag";
  }
  return source.etag.empty() ? "length and range only: the store gives no ETag" : "verified";
}

/// One job from its options to the published result.
class Run {
 public:
  /// `stop_source` ends the job, `stop` is whoever runs it.
  Run(const Job& job, app::ObserverGate& gate, std::stop_source stop_source, std::stop_token stop)
      : job_(job),
        gate_(gate),
        log_(gate_.log()),
        stop_(std::move(stop)),
        stop_source_(std::move(stop_source)),
        budget_(app::memory_budget(job_.memory, base::memory_limit())),
        session_(
            job_,
            app::read_ahead_share(job_.memory, budget_),
            clock_,
            log_,
            stop_source_.get_token()),
        shares_(app::share_memory(job_.memory, budget_, app::needs_of(job_, session_))),
        destination_(job_.destination, shares_.store_buffers(), clock_, log_),
        chain_(ops::make_ops(job_.ops)) {}

  Report execute() {
    app::check_destination(job_, destination_.store(), stop_source_.get_token());
    const std::unique_ptr<io::ObjectWriter> writer = destination_.store().create(
        job_.destination.url, write_options(), stop_source_.get_token());
    {
      const app::ProgressTicker ticker([this] { gate_.progress(progress()); });
      outcome_ = transcode(*writer);
      check_result(*writer);
      publishing_ = true;
      finish_report(writer->publish());
    }
    return report_;
  }

 private:
  [[nodiscard]] io::WriteOptions write_options() const {
    return io::WriteOptions{
        .content_type = media::facts(session_.container()).content_type,
        .metadata = {{"s3reel-job", app::job_id(job_, session_.container(), session_.identity())}},
        .no_clobber = job_.no_clobber,
        .expected_bytes =
            job_.video.codec == "copy" ? std::optional(session_.identity().size) : std::nullopt,
        .hurry = stop_};
  }

  // The stages' memory, the muxer's index above all, is free again when the result is checked.
  [[nodiscard]] pipeline::Outcome transcode(io::ObjectWriter& writer) {
    return pipeline::Transcode({.job = job_,
                                .demuxer = session_.demuxer(),
                                .map = session_.map(),
                                .container = session_.container(),
                                .writer = writer,
                                .chain = chain_,
                                .counters = counters_,
                                .stop_source = stop_source_,
                                .limits = shares_.queues(),
                                .seen = session_.seen(),
                                .log = log_})
        .run();
  }

  void check_result(const io::ObjectWriter& writer) {
    const media::StreamMap& map = session_.map();
    const std::vector<media::MetadataKey> keys = media::check_head(
        writer.preview(),
        {.container = session_.container(),
         .video = map.of(map.video).result_index,
         .frames = counters_.muxed,
         .duration_seconds = outcome_.duration_seconds,
         .frame_seconds = outcome_.longest_frame_seconds});
    for (std::string& loss : media::lost_metadata(session_.metadata(), map, keys)) {
      outcome_.losses.push_back(std::move(loss));
    }
  }

  [[nodiscard]] Progress progress() const {
    const s3::Traffic read = session_.source_store().traffic();
    const s3::Traffic written = destination_.traffic();
    return Progress{
        .position_seconds = static_cast<double>(counters_.position_us) * kMicrosecond,
        .duration_seconds = session_.source_facts().duration_seconds,
        .frames = counters_.muxed,
        .elapsed_seconds = elapsed(),
        .bytes_read = read.bytes_read,
        .bytes_written = written.bytes_written,
        .memory = app::process_usage().resident,
        .publishing = publishing_};
  }

  [[nodiscard]] double elapsed() const {
    return std::chrono::duration<double>(clock_.now() - started_).count();
  }

  void finish_report(const io::PublishedObject& published) {
    report_.version = version_lines().front();
    report_.source = session_.source_facts();
    report_.result = ObjectFacts{
        .url = published.url,
        .size = published.size,
        .etag = published.etag,
        .version_id = published.version_id,
        .format = media::facts(session_.container()).name,
        .duration_seconds = outcome_.duration_seconds};
    report_.publication = publication_name(published.guard);
    report_.checks = published.checks;
    if (shares_.read_ahead > 0) {
      report_.checks["source"] = checked_of(job_, session_.identity());
    }
    report_.frames = {counters_.decoded, counters_.chain_in, counters_.chain_out, counters_.muxed};
    report_.damaged = outcome_.damaged;
    add_streams();
    add_stages();
    add_traffic();
    const app::ProcessUsage usage = app::process_usage();
    report_.memory = {
        .budget = budget_,
        .buffers = shares_.at_first(),
        .codecs = media::codec_memory(job_.video, outcome_.encoder, shares_.frame_bytes)};
    report_.peak_memory = usage.peak_resident;
    report_.cpu_seconds = usage.cpu_seconds;
    report_.wall_seconds = elapsed();
  }

  void add_streams() {
    report_.streams = session_.map().streams;
    for (StreamFacts& facts : report_.streams) {
      if (facts.fate == StreamFate::processed) {
        facts.result_codec = outcome_.encoder;
      }
    }
    report_.losses = session_.map().losses;
    report_.notes = session_.map().notes;
    report_.losses.insert(report_.losses.end(), outcome_.losses.begin(), outcome_.losses.end());
    report_.notes.insert(report_.notes.end(), outcome_.notes.begin(), outcome_.notes.end());
  }

  void add_stages() {
    report_.stages = outcome_.stages;
    double longest = -1.0;
    for (const StageFacts& stage : report_.stages) {
      if (stage.busy_seconds > longest) {
        longest = stage.busy_seconds;
        report_.limiting_stage = stage.name;
      }
    }
  }

  void add_traffic() {
    for (const s3::Traffic& traffic : {session_.source_store().traffic(), destination_.traffic()}) {
      for (const auto& [operation, count] : traffic.requests) {
        report_.requests[operation] += count;
      }
      report_.retries += traffic.retries;
      report_.bytes_read += traffic.bytes_read;
      report_.bytes_written += traffic.bytes_written;
    }
  }

  const Job& job_;
  app::ObserverGate& gate_;
  const base::Log log_;
  base::SystemClock clock_;
  const base::Clock::Steady started_ = clock_.now();
  const std::stop_token stop_;
  std::stop_source stop_source_;
  const std::uint64_t budget_;
  app::MediaSession session_;
  const app::MemoryShares shares_;
  app::LocationStore destination_;
  ops::Chain chain_;
  pipeline::Counters counters_;
  pipeline::Outcome outcome_;
  std::atomic<bool> publishing_{false};
  Report report_;
};

}  // namespace

Report process(const Job& job, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::check_job(job);
  std::stop_source stop_source;
  const std::stop_callback on_outer_stop(stop, [&stop_source] { stop_source.request_stop(); });
  app::ObserverGate gate(observer, [&stop_source] { stop_source.request_stop(); });
  try {
    return Run(job, gate, stop_source, std::move(stop)).execute();
  } catch (const base::Cancelled&) {
    gate.rethrow_failure();
    throw;
  }
}

}  // namespace s3reel
