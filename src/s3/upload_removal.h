#pragma once

#include <stop_token>
#include <string>

#include "base/clock.h"
#include "s3/client.h"

namespace s3reel::s3 {

/// Aborts an upload and asks for its parts until there are none: a part that lands after the abort
/// keeps its storage. Also true where the answers to Abort were lost, and where the right to list
/// is missing: then the answer to Abort has to do. False: parts kept coming.
bool remove_upload(
    Client& client,
    base::Clock& clock,
    const ObjectName& object,
    const std::string& upload_id,
    const std::stop_token& stop);

}  // namespace s3reel::s3
