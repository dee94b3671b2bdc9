#pragma once

/// What libcurl's failures mean for a caller.

#include <chrono>
#include <string>

#include <curl/curl.h>

#include "http/client.h"

namespace s3reel::http {

struct CurlFailure {
  CURLcode code = CURLE_OK;
  std::string text;        ///< libcurl's own words
  bool connected = false;  ///< the TCP connection stood
  bool answered = false;   ///< an answer had begun
};

/// Throws NotConnected or Error by the rules of Client::perform.
[[noreturn]] void throw_transport_error(
    const std::string& method, const std::string& subject, const CurlFailure& failure);

ErrorInfo stalled_error(
    const std::string& method, const std::string& subject, std::chrono::milliseconds stall);

}  // namespace s3reel::http
