#include <stop_token>
#include <utility>

#include "app/job_run.h"
#include "app/media_session.h"
#include "app/observer_gate.h"
#include "base/cancelled.h"
#include "media/library.h"
#include "s3reel/s3reel.h"

namespace s3reel {

Report process(const Job& job, Observer& observer, std::stop_token stop) {
  media::silence_libraries();
  app::check_job(job);
  std::stop_source stop_source;
  const std::stop_callback on_outer_stop(stop, [&stop_source] { stop_source.request_stop(); });
  app::ObserverGate gate(observer, [&stop_source] { stop_source.request_stop(); });
  try {
    return app::JobRun(job, gate, stop_source, std::move(stop)).execute();
  } catch (const base::Cancelled&) {
    gate.rethrow_failure();
    throw;
  }
}

}  // namespace s3reel
