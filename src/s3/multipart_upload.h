#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "s3/client.h"
#include "s3/integrity.h"
#include "s3/job_record.h"
#include "s3/part_buffers.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// One multipart upload and the threads that feed it: parts go up in any order, a few at a time.
///
/// The upload is created by the thread that takes the first part, not by the caller: creating it
/// costs three round trips (record, Create, record again) during which the encoder goes on filling
/// the next part. A job record is kept as long as the upload may exist.
///
/// Threads: submit() and finish() by one thread; end_requests(), remove() and forget() by one other
/// at a time. Errors of uploader threads are kept, the first wins, and submit() or finish() throws
/// it.
class MultipartUpload {
 public:
  struct Setup {
    ObjectName object;
    PutOptions options;
    std::string token;
    int threads = 2;
    std::chrono::milliseconds retry_deadline{RetrySettings{}.deadline_ms};  ///< for the record
    base::Clock::Duration grace{};    ///< how long end_requests() lets requests end by themselves
    base::Clock::Duration cleanup{};  ///< how long remove() and forget() go on after `hurry`
    std::stop_token hurry{};
  };

  MultipartUpload(Client& client, base::Clock& clock, base::Log log, Setup setup);
  ~MultipartUpload();
  MultipartUpload(const MultipartUpload&) = delete;
  MultipartUpload& operator=(const MultipartUpload&) = delete;

  /// A part's body is what `buffer` holds, or `extra` when there is no buffer; `extra` is borrowed
  /// until finish() or end_requests() returns.
  struct PartBody {
    int number = 0;
    PartBuffer buffer{};
    Client::Body extra{};
  };

  /// Blocks while `in_flight` parts are on their way. Throws the first error of an uploader, which
  /// may be that the store has other bytes of a part than were sent; Cancelled after a stop request
  /// or end_requests().
  void submit(PartBody part, int in_flight, const std::stop_token& stop);

  /// Waits until all submitted parts are stored and returns them in ascending order. Throws as
  /// submit() does.
  std::vector<Part> finish(const std::stop_token& stop);

  /// What was sent, behind finish().
  [[nodiscard]] SentBytes sent() const;

  /// Throws the first error of an uploader, Cancelled after end_requests().
  void check() const;

  /// Empty before the upload was created.
  [[nodiscard]] std::string id() const;

  /// True once a part was submitted: from then on there may be something to remove.
  [[nodiscard]] bool begun() const;

  PartBuffers& buffers() { return buffers_; }

  /// Drops what waits, lets requests on their way end, cancels them after the grace, joins.
  void end_requests() noexcept;

  /// Aborts the upload; throws Error{unavailable} unless it is confirmed to be gone.
  void abort();

  /// Aborts the upload, confirms that no part is left, deletes the record. After end_requests().
  /// True when nothing of it is left; a failure is logged and the record stays.
  bool remove() noexcept;

  /// The upload was completed: only the record is deleted, unless another upload may be left.
  void forget() noexcept;

 private:
  enum class Creation {
    none,
    running,
    created,
    failed,  ///< there is no upload; there may be a record
    unknown  ///< there may be one
  };

  void run();
  [[nodiscard]] std::vector<SentPart> stored_in_order_locked() const;
  void upload(const PartBody& part);
  std::string ensure_created();
  std::string create();
  Creation creation_after(const Error& error);
  void set_creation(Creation outcome, const std::exception_ptr& cause = nullptr);
  void start_thread_locked();
  void drop_queue_locked();
  void throw_if_ended_locked() const;

  [[nodiscard]] std::size_t pending_locked() const { return queue_.size() + running_; }

  bool close_record(const std::stop_token& stop);
  std::string strays(const std::stop_token& stop);
  [[nodiscard]] JobRecord record(const std::string& id) const;

  Client& client_;
  base::Clock& clock_;
  const base::Log log_;
  const Setup setup_;
  const std::string started_;
  PartBuffers buffers_;
  PartETags etags_;
  std::stop_source requests_stop_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  // guarded by mutex_
  std::deque<PartBody> queue_;
  std::size_t running_ = 0;
  std::vector<SentPart> stored_;
  std::exception_ptr error_;
  Creation creation_ = Creation::none;
  std::string id_;
  bool create_sent_ = false;
  bool create_unanswered_ = false;  ///< an attempt of it: there may be an upload besides id_
  bool begun_ = false;
  bool ending_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace s3reel::s3
