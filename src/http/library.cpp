#include "http/library.h"

#include <curl/curl.h>

namespace s3reel::http {

std::string library_version() {
  const curl_version_info_data& info = *curl_version_info(CURLVERSION_NOW);
  std::string text = std::string("libcurl ") + info.version;
  return info.ssl_version == nullptr ? text : text + " (" + info.ssl_version + ")";
}

}  // namespace s3reel::http
