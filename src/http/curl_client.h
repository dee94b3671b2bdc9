#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "http/client.h"

namespace s3reel::http {

struct CurlOptions {
  std::optional<std::string> ca_bundle{};  ///< PEM file of trusted certificates, else the system's
  std::size_t max_connections = 32;        ///< requests beyond wait their turn
};

/// Client over libcurl: one multi handle on one thread drives every request, and connections are
/// reused (HTTP/1.1). perform() hands a request over and sleeps until it is done; the callbacks run
/// on the I/O thread and only move bytes. The destructor cancels what is still on its way;
/// perform() must not be called any more by then.
class CurlClient final : public Client {
 public:
  explicit CurlClient(CurlOptions options);
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;
  ~CurlClient() override;

  Response perform(const Request& request, std::stop_token stop) override;

 private:
  class Loop;

  CurlOptions options_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace s3reel::http
