#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/client.h"
#include "http/curl_handle.h"

namespace s3reel::http {

/// What every transfer of a client has in common.
struct TransferOptions {
  std::optional<std::string> ca_bundle{};
};

/// One request on its way: the easy handle, the callbacks libcurl calls, and what came back. Made
/// by the thread that asks and waited for there; everything between begin and finish() happens on
/// the I/O thread. The request must outlive it.
class Transfer {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  Transfer(const Request& request, const TransferOptions& options);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() = default;

  [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }

  /// Any thread: the request is no longer wanted. The I/O thread looks at cancelled().
  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }

  [[nodiscard]] bool cancelled() const noexcept {
    return cancelled_.load(std::memory_order_relaxed);
  }

  /// I/O thread: when the transfer counts as stalled unless bytes move until then.
  Steady stall_deadline(Steady now);

  /// I/O thread: ends the transfer. finish() gives the waiting thread libcurl's verdict.
  void finish(CURLcode code) noexcept;
  void finish_stalled() noexcept;
  void finish_cancelled() noexcept;
  void finish_broken(std::exception_ptr cause) noexcept;

  /// Asking thread: blocks until one of the finish functions was called, then returns the answer or
  /// throws.
  Response wait();

 private:
  enum class Outcome { pending, answered, failed, stalled, cancelled, broken };

  static std::size_t on_header(
      char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_write(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_seek(void* self, curl_off_t offset, int origin) noexcept;

  void set_method();
  void set_headers();
  void set_connection(const TransferOptions& options);
  void take_header_line(std::string_view line);
  bool take_body(std::string_view data);
  void end(Outcome outcome, CURLcode code) noexcept;
  [[noreturn]] void throw_failure() const;

  const Request& request_;
  EasyPtr easy_;
  ListPtr headers_;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::atomic<bool> cancelled_{false};

  // I/O thread only, until done_
  Response response_;
  bool head_complete_ = false;
  bool sink_refused_ = false;
  std::exception_ptr thrown_;
  std::size_t body_span_ = 0;  ///< position of the next byte to send: span and offset in it
  std::size_t body_offset_ = 0;
  std::uint64_t moved_bytes_ = 0;
  bool connected_ = false;
  std::uint64_t window_bytes_ = 0;  ///< moved_bytes_ when the stall window began
  Steady window_begin_{};

  std::mutex mutex_;
  std::condition_variable finished_;
  // guarded by mutex_
  Outcome outcome_ = Outcome::pending;
  CURLcode code_ = CURLE_OK;
};

}  // namespace s3reel::http
