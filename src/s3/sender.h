#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "http/client.h"
#include "s3/client.h"
#include "s3/retry.h"
#include "s3/route.h"
#include "s3/sigv4.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// One request as an operation wants it, before address, signature and retries.
struct Call {
  std::string operation{};  ///< S3's name of it: "UploadPart"
  ObjectName object{};
  std::string detail{};  ///< what of the object: "part 7", "bytes 0-99"
  std::string method{};
  Query query{};
  http::Headers headers{};
  Client::Body body{};
  std::chrono::milliseconds stall{};
  std::uint64_t stall_bytes_per_second = 0;
  bool fresh_connection = false;  ///< so that no attempt is repeated unseen

  /// Before each attempt: a resumed GET asks for what is missing.
  std::function<void(Call&)> prepare{};
  std::function<void(int status, const http::Headers&)> on_head{};
  std::function<bool(std::span<const std::byte>)> on_body{};
  /// After the transfer, with a complete 2xx answer: throws what is wrong with it.
  std::function<void(const http::Response&)> accept{};
  /// Consulted when an attempt failed: its own verdict replaces the transport's (a sink that
  /// stopped the transfer knows why).
  std::function<std::optional<ErrorInfo>()> verdict{};
  std::function<bool()> progressed{};
  /// Called when the connection broke, and for a 5xx or an unreadable success: whether the store
  /// did what was asked for is not known.
  std::function<void()> on_lost_answer{};
  /// Consulted when the transfer broke: whether all that was asked for had arrived before.
  std::function<bool()> satisfied{};
};

/// Sends requests along a route under the retry loop; counts and logs. Any thread.
class Sender {
 public:
  Sender(
      std::unique_ptr<Route> route,
      const RetrySettings& retry,
      http::Client& http,
      base::Log log,
      base::Clock& clock,
      Random random);

  /// Returns a 2xx answer or throws as s3::Client says.
  http::Response send(Call& call, const std::stop_token& stop);

  void add_read(std::uint64_t bytes) noexcept { bytes_read_ += bytes; }

  void add_written(std::uint64_t bytes) noexcept { bytes_written_ += bytes; }

  [[nodiscard]] Traffic traffic() const;

  [[nodiscard]] const RetrySettings& limits() const noexcept { return limits_; }

 private:
  http::Response attempt(
      Call& call,
      const Digest& body_hash,
      Attempt& attempt,
      Route::Corrections& done,
      const std::stop_token& stop);
  http::Request request_for(
      const Call& call, const Digest& body_hash, const Attempt& attempt, Route::Corrections& done);
  /// Throws what is wrong with an answer that arrived whole.
  void check(
      const Call& call, const http::Response& answer, Attempt& attempt, Route::Corrections& done);
  [[noreturn]] void refuse(
      const Call& call, const http::Response& answer, Attempt& attempt, Route::Corrections& done);
  void count(const std::string& operation);

  const std::unique_ptr<Route> route_;
  const RetrySettings limits_;
  http::Client& http_;
  const base::Log log_;
  base::Clock& clock_;
  Retrier retrier_;
  std::atomic<std::uint64_t> bytes_read_{0};
  std::atomic<std::uint64_t> bytes_written_{0};

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, std::uint64_t> requests_;
};

/// "s3://bucket/key part 7"
std::string subject_of(const Call& call);

}  // namespace s3reel::s3
