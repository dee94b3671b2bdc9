#include "http/curl_client.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/cancelled.h"
#include "http/curl_handle.h"
#include "http/transfer.h"

namespace s3reel::http {

/// The I/O thread and its multi handle. Transfers belong to the threads that wait for them; the
/// loop holds pointers from hand_over() until it finishes them.
class CurlClient::Loop {
 public:
  explicit Loop(std::size_t max_connections)
      : max_active_(max_connections), multi_(curl_multi_init()) {
    if (!multi_) {
      throw std::bad_alloc();
    }
    set(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections));
    set(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  ~Loop() {
    thread_.request_stop();
    wake();
    thread_.join();
  }

  void hand_over(Transfer& transfer) {
    {
      const std::scoped_lock lock(mutex_);
      if (broken_) {
        std::rethrow_exception(broken_);
      }
      queue_.push_back(&transfer);
    }
    wake();
  }

  void wake() noexcept { static_cast<void>(curl_multi_wakeup(multi_.get())); }

 private:
  void run(const std::stop_token& stop) noexcept {
    try {
      while (!stop.stop_requested()) {
        drop_cancelled();
        admit();
        int running = 0;
        check(curl_multi_perform(multi_.get(), &running), "curl_multi_perform");
        finish_done();
        const int wait_ms = end_stalled();
        check(curl_multi_poll(multi_.get(), nullptr, 0, wait_ms, nullptr), "curl_multi_poll");
      }
      end_all(nullptr);
    } catch (...) {
      end_all(std::current_exception());
    }
  }

  void admit() {
    const std::scoped_lock lock(mutex_);
    while (active_.size() < max_active_ && !queue_.empty()) {
      Transfer* transfer = queue_.front();
      active_.push_back(transfer);
      queue_.pop_front();
      check(curl_multi_add_handle(multi_.get(), transfer->handle()), "curl_multi_add_handle");
    }
  }

  void drop_cancelled() {
    std::vector<Transfer*> dropped;
    for (Transfer* transfer : active_) {
      if (transfer->cancelled()) {
        dropped.push_back(transfer);
      }
    }
    for (Transfer* transfer : dropped) {
      remove(*transfer);
      transfer->finish_cancelled();
    }
    const std::scoped_lock lock(mutex_);
    for (auto it = queue_.begin(); it != queue_.end();) {
      Transfer* transfer = *it;
      if (!transfer->cancelled()) {
        ++it;
        continue;
      }
      it = queue_.erase(it);
      transfer->finish_cancelled();
    }
  }

  void finish_done() {
    int left = 0;
    bool room = false;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) {
        continue;
      }
      const CURLcode code = message->data.result;
      void* owner = nullptr;
      check(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner), "curl_easy_getinfo");
      auto* transfer = static_cast<Transfer*>(owner);
      remove(*transfer);
      transfer->finish(code);
      room = true;
    }
    if (room) {
      wake();  // a queued request may start now: do not sleep over it
    }
  }

  /// Ends what made no progress; returns how long the loop may sleep, in ms.
  int end_stalled() {
    const auto now = std::chrono::steady_clock::now();
    auto next = now + kLongestSleep;
    std::vector<Transfer*> stalled;
    for (Transfer* transfer : active_) {
      const auto deadline = transfer->stall_deadline(now);
      if (deadline <= now) {
        stalled.push_back(transfer);
      } else {
        next = std::min(next, deadline);
      }
    }
    for (Transfer* transfer : stalled) {
      remove(*transfer);
      transfer->finish_stalled();
    }
    const auto sleep = std::chrono::ceil<std::chrono::milliseconds>(next - now);
    return static_cast<int>(sleep.count());
  }

  void remove(Transfer& transfer) {
    check(curl_multi_remove_handle(multi_.get(), transfer.handle()), "curl_multi_remove_handle");
    std::erase(active_, &transfer);
  }

  /// The end of the loop: by its owner (nullptr) or by a failure, which later requests get too.
  void end_all(const std::exception_ptr& cause) noexcept {
    for (Transfer* transfer : active_) {
      static_cast<void>(curl_multi_remove_handle(multi_.get(), transfer->handle()));
      end_one(*transfer, cause);
    }
    active_.clear();
    const std::scoped_lock lock(mutex_);
    broken_ = cause;
    for (Transfer* transfer : queue_) {
      end_one(*transfer, cause);
    }
    queue_.clear();
  }

  static void end_one(Transfer& transfer, const std::exception_ptr& cause) noexcept {
    if (cause) {
      transfer.finish_broken(cause);
    } else {
      transfer.finish_cancelled();
    }
  }

  static constexpr std::chrono::seconds kLongestSleep{60};

  const std::size_t max_active_;
  MultiPtr multi_;
  std::vector<Transfer*> active_;  ///< I/O thread only

  std::mutex mutex_;
  // guarded by mutex_
  std::deque<Transfer*> queue_;
  std::exception_ptr broken_;

  std::jthread thread_;
};

CurlClient::CurlClient(CurlOptions options) : options_(std::move(options)) {
  require_curl();
  loop_ = std::make_unique<Loop>(options_.max_connections);
}

CurlClient::~CurlClient() = default;

Response CurlClient::perform(const Request& request, std::stop_token stop) {
  if (stop.stop_requested()) {
    throw base::Cancelled();
  }
  Transfer transfer(request, TransferOptions{.ca_bundle = options_.ca_bundle});
  loop_->hand_over(transfer);
  // Registered after the hand-over, so that a stop always finds the transfer in the loop's hands.
  const std::stop_callback on_stop(stop, [&transfer, this] {
    transfer.cancel();
    loop_->wake();
  });
  return transfer.wait();
}

}  // namespace s3reel::http
