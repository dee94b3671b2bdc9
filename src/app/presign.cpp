#include "s3/presign.h"

#include <chrono>
#include <string>

#include "app/stores.h"
#include "s3/client.h"
#include "s3reel/s3reel.h"

namespace s3reel {

std::string presign(
    const Location& object, std::chrono::seconds expires, const std::string& method) {
  return s3::presign_url(
      app::completed_settings(object.store),
      s3::parse_s3_url(object.url),
      method,
      expires,
      std::chrono::system_clock::now());
}

}  // namespace s3reel
