#pragma once

#include <memory>

#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// A client of the store that `settings` name, with connections of its own. `settings` must be
/// complete (settings.h); `clock` must outlive the client. Sends nothing.
std::unique_ptr<Client> make_client(
    const StoreSettings& settings, const base::Log& log, base::Clock& clock);

/// The same for web addresses, of which `settings` say how often to try and whom to trust.
std::unique_ptr<RangeClient> make_web_client(
    const StoreSettings& settings, const base::Log& log, base::Clock& clock);

}  // namespace s3reel::s3
