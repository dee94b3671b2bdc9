#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/media_session.h"
#include "app/observer_gate.h"
#include "base/clock.h"
#include "io/object_writer.h"
#include "media/encoder_choice.h"
#include "media/library.h"
#include "ops/registry.h"
#include "pipeline/limits.h"
#include "s3/part_layout.h"
#include "s3reel/s3reel.h"

namespace s3reel {
namespace {

AVPixelFormat format_behind_ops(const Job& job, AVPixelFormat format) {
  for (const OpSpec& spec : job.ops) {
    format = ops::make_op(spec)->accept(format);
  }
  return format;
}

// The first frame has the last word when the job runs; this is what the container says.
void plan_encoder(const Job& job, app::MediaSession& session, Plan& plan) {
  const AVStream& stream = session.demuxer().stream(session.map().video);
  const AVCodecParameters& codec = *stream.codecpar;
  if (codec.format == AV_PIX_FMT_NONE) {
    plan.notes.emplace_back("the encoder is chosen at the first frame");
    return;
  }
  const media::EncoderChoice choice = media::choose_encoder(
      job.video,
      session.container(),
      {.source_codec = codec.codec_id,
       .format = format_behind_ops(job, static_cast<AVPixelFormat>(codec.format)),
       .width = codec.width,
       .height = codec.height,
       .time_base = {1, stream.time_base.den}});
  plan.encoder = choice.codec->name;
  if (!choice.reason.empty()) {
    plan.notes.push_back(
        fmt::format("the picture is encoded with {}: {}", plan.encoder, choice.reason));
  }
  if (!choice.format_loss.empty()) {
    plan.losses.push_back(choice.format_loss);
  }
}

void plan_buffers(const Job& job, Plan& plan) {
  const s3::PartLayout layout(job.memory.part_size);
  plan.part_size = layout.first_bytes();
  plan.largest_output = layout.capacity();
  const auto parts = static_cast<std::uint64_t>(std::max(1, job.memory.parts_in_flight)) + 1;
  plan.buffer_bytes = job.memory.read_ahead + parts * job.memory.part_size + io::kRetainedHeadBytes;
}

}  // namespace

Plan plan(const Job& job, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::check_job(job);
  app::ObserverGate gate(observer);
  const base::Log log = gate.log();
  base::SystemClock clock;
  app::MediaSession session(job, clock, log, std::move(stop));
  Plan plan{
      .source = session.source_facts(),
      .format = media::facts(session.container()).name,
      .streams = session.map().streams,
      .losses = session.map().losses,
      .notes = session.map().notes};
  if (job.video.codec == "copy") {
    plan.encoder = "copy";
  } else {
    plan_encoder(job, session, plan);
  }
  for (StreamFacts& facts : plan.streams) {
    if (facts.fate == StreamFate::processed) {
      facts.result_codec = plan.encoder;
    }
  }
  plan_buffers(job, plan);
  return plan;
}

}  // namespace s3reel
