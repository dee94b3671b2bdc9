#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "io/object_store.h"
#include "s3/client.h"
#include "s3/s3_store.h"
#include "s3reel/job.h"

namespace s3reel::app {

/// The store of one location, with everything it stands on. Source and destination own one each.
class LocationStore {
 public:
  /// No I/O. Throws Error{usage} for a location that is none, Error{refused} without credentials.
  LocationStore(
      const Location& location,
      const s3::StoreBuffers& buffers,
      base::Clock& clock,
      const base::Log& log);

  [[nodiscard]] io::ObjectStore& store() { return *store_; }

  /// Requests and bytes so far; a local location has bytes only.
  [[nodiscard]] s3::Traffic traffic() const { return traffic_(); }

 private:
  base::ScaledClock clock_;  ///< of all waits for the store
  std::unique_ptr<io::ObjectStore> store_;
  std::function<s3::Traffic()> traffic_;  ///< of store_
};

/// Whether the bytes of a source come over a network, so that they are read ahead.
bool reads_by_requests(const Location& location);

/// The endpoint that requests will go to, however it was given, without a slash at its end; empty:
/// AWS.
std::string endpoint_of(const StoreSettings& settings);

/// S3REEL_TIME_SCALE, by which every wait for a store and every limit of one is multiplied: for
/// tests that would otherwise wait for hours. 1 where it is not set. Throws Error{usage} for what
/// is no number above 0 and up to 1.
double time_scale();

/// The settings of an S3 location, completed from the environment of the process.
StoreSettings completed_settings(const StoreSettings& settings);

}  // namespace s3reel::app
