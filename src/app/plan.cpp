#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

#include "app/media_session.h"
#include "app/memory_shares.h"
#include "app/observer_gate.h"
#include "app/op_reader.h"
#include "app/stores.h"
#include "base/clock.h"
#include "base/memory_limit.h"
#include "media/codec_memory.h"
#include "media/encoder_forecast.h"
#include "media/library.h"
#include "ops/chain.h"
#include "ops/registry.h"
#include "s3/part_layout.h"
#include "s3/read_cursor.h"
#include "s3reel/s3reel.h"

namespace s3reel {
namespace {

void plan_encoder(const Job& job, app::MediaSession& session, const ops::Chain& chain, Plan& plan) {
  media::EncoderForecast forecast = media::forecast_encoder(
      job, session.demuxer(), session.map(), session.container(), [&](media::Picture picture) {
        return chain.outlook(std::move(picture));
      });
  plan.encoder = std::move(forecast.encoder);
  std::ranges::move(chain.losses(session.picture()), std::back_inserter(plan.losses));
  std::ranges::move(forecast.losses, std::back_inserter(plan.losses));
  std::ranges::move(forecast.notes, std::back_inserter(plan.notes));
}

void plan_memory(const Job& job, const app::MemoryShares& shares, Plan& plan) {
  plan.memory_budget = shares.budget;
  plan.buffer_bytes = shares.at_first();
  plan.codec_bytes = media::codec_memory(job.video, plan.encoder, shares.frame_bytes);
  if (shares.part_size > 0) {
    const s3::PartLayout layout(shares.part_size, shares.expected_bytes, shares.parts);
    plan.part_size = layout.first_bytes();
    plan.largest_output = layout.capacity();
  }
}

void plan_requests(
    const Job& job, std::uint64_t source_bytes, const s3::Traffic& read, Plan& plan) {
  plan.requests.insert(read.requests.begin(), read.requests.end());
  if (app::reads_by_requests(job.source) && source_bytes > read.bytes_read) {
    const std::uint64_t most = s3::ReaderSettings{}.max_request;
    plan.gets_left = (source_bytes - read.bytes_read + most - 1) / most;
  }
}

}  // namespace

Plan plan(const Job& job, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::check_job(job);
  app::ObserverGate gate(observer);
  const base::Log log = gate.log();
  base::SystemClock clock;
  const std::uint64_t budget = app::memory_budget(job.memory, base::memory_limit());
  const ops::Chain chain(
      ops::factories(job.ops, app::op_context(job, clock, log, stop)), job.op_errors, log);
  app::MediaSession session(job, app::read_ahead_share(job.memory, budget), clock, log, stop);
  const app::MemoryShares shares =
      app::share_memory(job.memory, budget, app::needs_of(job, session, chain));
  app::LocationStore destination(job.destination, shares.store_buffers(), clock, log);
  if (job.no_clobber) {
    app::check_absent(job.destination.url, destination.store(), std::move(stop));
  }
  Plan plan{
      .source = session.source_facts(),
      .format = media::facts(session.container()).name,
      .streams = session.map().streams,
      .losses = session.map().losses,
      .notes = session.map().notes};
  if (job.video.codec == "copy") {
    plan.encoder = "copy";
  } else {
    plan_encoder(job, session, chain, plan);
  }
  for (StreamFacts& facts : plan.streams) {
    if (facts.fate == StreamFate::processed) {
      facts.result_codec = plan.encoder;
    }
  }
  plan_memory(job, shares, plan);
  plan_requests(job, session.identity().size, session.source_store().traffic(), plan);
  for (const auto& [operation, count] : destination.traffic().requests) {
    plan.requests[operation] += count;
  }
  gate.rethrow_failure();
  return plan;
}

}  // namespace s3reel
