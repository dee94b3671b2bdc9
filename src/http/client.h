#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "s3reel/error.h"

namespace s3reel::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Case-insensitive look-up of the first header of that name.
std::optional<std::string> find_header(const Headers& headers, std::string_view name);

/// Nothing answered at the address: refused, unreachable, name not found, no connection in time. A
/// retry may help, but not for long; a failure after the connection stood is a plain Error.
class NotConnected final : public Error {
 public:
  using Error::Error;
};

/// Something took the connection, and then nothing moved for the whole of Timeouts::stall: it is
/// there, and slow or stuck.
class Stalled final : public Error {
 public:
  using Error::Error;
};

/// When a request is given up. Progress counts in either direction.
struct Timeouts {
  std::chrono::milliseconds connect{5'000};
  /// Slower than `stall_bytes_per_second` for this long: the connection is dead.
  std::chrono::milliseconds stall{20'000};
  std::uint64_t stall_bytes_per_second = 1'024;  ///< 0: any byte is progress
};

struct Request {
  std::string method = "GET";
  std::string url;  ///< scheme, host, path and query, already encoded: sent as it is
  Headers headers{};
  /// The body in order. Not copied: must stay alive until perform() returns.
  std::vector<std::span<const std::byte>> body{};
  /// Receives the body of a 2xx answer piece by piece, on the I/O thread; must be quick. Without it
  /// the body is collected in Response::body, as is the body of any other answer (at most 1 MiB).
  /// Returning false ends the transfer: perform() then throws Cancelled.
  std::function<bool(std::span<const std::byte>)> on_body{};
  /// Called on the I/O thread with status and headers before the first call of on_body.
  std::function<void(int status, const Headers&)> on_head{};
  Timeouts timeouts{};
  /// Do not reuse a connection: for a retry after a broken one, and for what must not be sent twice
  /// unseen. A request on a reused connection that breaks before the answer is repeated in here.
  bool fresh_connection = false;
};

struct Response {
  int status = 0;
  Headers headers{};
  std::string body{};
};

/// Performs requests; knows nothing of S3 and never retries. Any number of threads may call
/// perform() at once. Redirects are returned, not followed. Nothing it logs holds a header's
/// secret.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  /// Blocks until the answer is complete. Throws NotConnected{unavailable, retryable} when there
  /// was no connection, Stalled{unavailable, retryable} when nothing moved on it,
  /// Error{unavailable, retryable} when it broke within the answer's head or a body was shorter
  /// than announced, Error{refused} when the server's certificate is not trusted, Cancelled after a
  /// stop request. What a callback throws comes out here.
  virtual Response perform(const Request& request, std::stop_token stop) = 0;
};

}  // namespace s3reel::http
