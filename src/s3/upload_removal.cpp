#include "s3/upload_removal.h"

#include <optional>

#include "s3reel/error.h"

namespace s3reel::s3 {
namespace {

constexpr int kAbortRounds = 5;
constexpr base::Clock::Duration kAbortPause{200};

/// nullopt without the right to list.
std::optional<bool> gone(
    Client& client,
    const ObjectName& object,
    const std::string& upload_id,
    const std::stop_token& stop) {
  try {
    return !client.list_parts(object, upload_id, stop);
  } catch (const Error& error) {
    if (error.info().kind != ErrorKind::refused) {
      throw;
    }
    return std::nullopt;
  }
}

}  // namespace

bool remove_upload(
    Client& client,
    base::Clock& clock,
    const ObjectName& object,
    const std::string& upload_id,
    const std::stop_token& stop) {
  for (int round = 0; round < kAbortRounds; ++round) {
    try {
      client.abort_upload(object, upload_id, stop);
    } catch (const Error& error) {
      if (error.info().kind == ErrorKind::unavailable &&
          gone(client, object, upload_id, stop).value_or(false)) {
        return true;
      }
      throw;
    }
    if (gone(client, object, upload_id, stop).value_or(true)) {
      return true;
    }
    if (!clock.sleep_for(kAbortPause, stop)) {
      break;
    }
  }
  return false;
}

}  // namespace s3reel::s3
