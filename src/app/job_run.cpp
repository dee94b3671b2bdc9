#include "app/job_run.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/job_id.h"
#include "app/op_reader.h"
#include "app/process_usage.h"
#include "app/progress_ticker.h"
#include "base/memory_limit.h"
#include "io/location.h"
#include "media/codec_memory.h"
#include "media/head_check.h"
#include "media/metadata.h"
#include "ops/registry.h"
#include "s3/header_values.h"
#include "s3reel/s3reel.h"

namespace s3reel::app {
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

}  // namespace

JobRun::JobRun(
    const Job& job,
    ObserverGate& gate,
    std::stop_source stop_source,
    std::stop_token stop,
    const Fed* fed)
    : job_(job),
      gate_(gate),
      log_(gate_.log()),
      stop_(std::move(stop)),
      stop_source_(std::move(stop_source)),
      feed_(fed != nullptr ? &fed->frames : nullptr),
      budget_(memory_budget(job_.memory, base::memory_limit())),
      chain_(
          ops::factories(job_.ops, op_context(job_, clock_, log_, stop_source_.get_token())),
          job_.op_errors,
          log_),
      session_(
          job_,
          read_ahead_share(job_.memory, budget_),
          clock_,
          log_,
          stop_source_.get_token(),
          fed != nullptr ? std::optional(fed->size) : std::nullopt),
      shares_(share_memory(job_.memory, budget_, needs_of(job_, session_, chain_))),
      destination_(job_.destination, shares_.store_buffers(), clock_, log_) {}

Report JobRun::execute() {
  if (job_.no_clobber) {
    check_absent(job_.destination.url, destination_.store(), stop_source_.get_token());
  }
  chain_.start(static_cast<std::size_t>(shares_.op_workers), session_.picture());
  report_.losses = chain_.losses(session_.picture());
  const std::unique_ptr<io::ObjectWriter> writer =
      destination_.store().create(job_.destination.url, write_options(), stop_source_.get_token());
  {
    const ProgressTicker ticker([this] { gate_.progress(progress()); });
    outcome_ = transcode(*writer);
    check_result(*writer);
    publishing_ = true;
    finish_report(writer->publish());
  }
  return report_;
}

io::WriteOptions JobRun::write_options() const {
  std::map<std::string, std::string> metadata;
  if (feed_ == nullptr) {  // nothing tells what fed frames were made of
    metadata["s3reel-job"] = job_id(job_, session_.container(), session_.identity());
  }
  return io::WriteOptions{
      .content_type = media::facts(session_.container()).content_type,
      .metadata = std::move(metadata),
      .no_clobber = job_.no_clobber,
      .expected_bytes =
          job_.video.codec == "copy" ? std::optional(session_.identity().size) : std::nullopt,
      .hurry = stop_};
}

// The stages' memory, the muxer's index above all, is free again when the result is checked.
pipeline::Outcome JobRun::transcode(io::ObjectWriter& writer) {
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
                              .feed = feed_,
                              .log = log_})
      .run();
}

void JobRun::check_result(const io::ObjectWriter& writer) {
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

Progress JobRun::progress() const {
  const s3::Traffic read = session_.source_store().traffic();
  const s3::Traffic written = destination_.traffic();
  return Progress{
      .position_seconds = static_cast<double>(counters_.position_us) * kMicrosecond,
      .duration_seconds = session_.source_facts().duration_seconds,
      .frames = counters_.muxed,
      .elapsed_seconds = elapsed(),
      .bytes_read = read.bytes_read,
      .bytes_written = written.bytes_written,
      .memory = process_usage().resident,
      .publishing = publishing_};
}

double JobRun::elapsed() const {
  return std::chrono::duration<double>(clock_.now() - started_).count();
}

void JobRun::finish_report(const io::PublishedObject& published) {
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
  report_.op_failures = chain_.errors().all();
  add_streams();
  add_stages();
  add_traffic();
  const ProcessUsage usage = process_usage();
  report_.memory = {
      .budget = budget_,
      .buffers = shares_.at_first(),
      .codecs = media::codec_memory(job_.video, outcome_.encoder, shares_.frame_bytes)};
  report_.peak_memory = usage.peak_resident;
  report_.cpu_seconds = usage.cpu_seconds;
  report_.wall_seconds = elapsed();
}

void JobRun::add_streams() {
  report_.streams = session_.map().streams;
  for (StreamFacts& facts : report_.streams) {
    if (facts.fate == StreamFate::processed) {
      facts.result_codec = outcome_.encoder;
    }
  }
  report_.notes = session_.map().notes;
  const auto add = [this](const std::vector<std::string>& losses) {
    report_.losses.insert(report_.losses.end(), losses.begin(), losses.end());
  };
  add(session_.map().losses);
  add(outcome_.losses);
  if (std::string loss = chain_.errors().loss(); !loss.empty()) {
    report_.losses.push_back(std::move(loss));
  }
  report_.notes.insert(report_.notes.end(), outcome_.notes.begin(), outcome_.notes.end());
}

void JobRun::add_stages() {
  report_.stages = outcome_.stages;
  double longest = -1.0;
  for (const StageFacts& stage : report_.stages) {
    if (stage.busy_seconds > longest) {
      longest = stage.busy_seconds;
      report_.limiting_stage = stage.name;
    }
  }
}

void JobRun::add_traffic() {
  for (const s3::Traffic& traffic : {session_.source_store().traffic(), destination_.traffic()}) {
    for (const auto& [operation, count] : traffic.requests) {
      report_.requests[operation] += count;
    }
    report_.retries += traffic.retries;
    report_.bytes_read += traffic.bytes_read;
    report_.bytes_written += traffic.bytes_written;
  }
}

}  // namespace s3reel::app
