#include <utility>

#include "app/observer_gate.h"
#include "app/stores.h"
#include "base/clock.h"
#include "s3/make_client.h"
#include "s3/orphan_cleaner.h"
#include "s3reel/s3reel.h"

namespace s3reel {

CleanSummary clean(
    const Location& prefix, const CleanOptions& options, Observer& observer, std::stop_token stop) {
  const s3::ObjectName name = s3::parse_s3_prefix(prefix.url);
  std::stop_source stopped;
  const std::stop_callback forward(std::move(stop), [&stopped] { stopped.request_stop(); });
  app::ObserverGate gate(observer, [&stopped] { stopped.request_stop(); });
  base::SystemClock machine;
  base::ScaledClock clock(machine, app::time_scale());
  const auto client = s3::make_client(app::completed_settings(prefix.store), gate.log(), clock);
  s3::OrphanCleaner cleaner(
      *client, clock, gate.log(), options, [&gate](const Orphan& orphan) { gate.orphan(orphan); });
  try {
    const CleanSummary summary = cleaner.run(name, stopped.get_token());
    gate.rethrow_failure();
    return summary;
  } catch (...) {
    gate.rethrow_failure();
    throw;
  }
}

}  // namespace s3reel
