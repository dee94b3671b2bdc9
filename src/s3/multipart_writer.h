#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "io/head_buffer.h"
#include "io/object_writer.h"
#include "s3/client.h"
#include "s3/multipart_upload.h"
#include "s3/part_layout.h"
#include "s3/publication.h"
#include "s3/store_profile.h"
#include "s3reel/job.h"

namespace s3reel::s3 {

/// Largest result that is stored by one PutObject instead of a multipart upload.
inline constexpr std::uint64_t kSinglePutBytes = 8 * base::kMiB;

/// What every writer of one store shares.
struct WriterSetup {
  std::uint64_t part_size = 8 * base::kMiB;  ///< of the first parts
  int parts_in_flight = 2;
  std::uint64_t parts_memory = UINT64_MAX;  ///< all part buffers together
  StoreProfile profile{};
  std::chrono::milliseconds retry_deadline{RetrySettings{}.deadline_ms};  ///< of the client
  /// How long discard() lets requests end by themselves, and then goes on to remove what is there
  /// where it is to hurry: together less than the 10 s in which an interrupted job must be gone.
  base::Clock::Duration grace{2'000};
  base::Clock::Duration cleanup{6'000};
  std::function<std::string()> make_token{};  ///< 16 random bytes or more, as text
};

/// Writes one object whose head is uploaded last (docs/writing.md). The first 5 MiB stay in memory;
/// what follows flows out as parts 2, 3, …; publish() sends part 1 = head with the inserted index.
/// Small results are one PutObject.
///
/// Part 1 is never too small: an upload begins only with a byte behind the head, and then the head
/// holds its full 5 MiB, S3's minimum for a part that is not the last.
///
/// Memory: the head, `parts_in_flight` part buffers on their way and one being filled.
class MultipartWriter final : public io::ObjectWriter {
 public:
  MultipartWriter(
      Client& client,
      base::Clock& clock,
      base::Log log,
      ObjectName object,
      const WriterSetup& setup,
      const io::WriteOptions& options,
      std::stop_token stop);

  ~MultipartWriter() override { discard(); }

  MultipartWriter(const MultipartWriter&) = delete;
  MultipartWriter& operator=(const MultipartWriter&) = delete;

  [[nodiscard]] std::size_t retained_bytes() const override { return head_.capacity(); }

  void append(std::span<const std::byte> data) override;
  void patch(std::uint64_t offset, std::span<const std::byte> data) override;
  void insert(std::uint64_t offset, std::vector<std::byte> data) override;
  [[nodiscard]] io::HeadPreview preview() const override;
  io::PublishedObject publish() override;
  void discard() noexcept override;

  /// The most part buffers there were at once.
  [[nodiscard]] std::size_t peak_part_buffers() { return upload_.buffers().peak(); }

 private:
  enum class State {
    open,
    publishing,  ///< parts are still going up
    deciding,    ///< the request that publishes is on its way: discard() waits for its answer
    published,
    failed,
    discarding,
    discarded
  };

  enum class Way { put, parts };

  void check_open();
  void set_state(State state);
  void begin_deciding();
  void submit_current();

  [[nodiscard]] std::uint64_t size() const { return head_.size() + tail_bytes_; }

  Publication publication_of(SentBytes sent);
  Publication::Outcome put_whole();
  Publication::Outcome complete();
  [[nodiscard]] io::Guard guard_of(Condition condition, Way way) const;

  Client& client_;
  base::Clock& clock_;
  const base::Log log_;
  const ObjectName object_;
  const WriterSetup setup_;
  const PartLayout layout_;
  const bool no_clobber_;
  const std::stop_token stop_;
  const std::string token_;
  PutOptions put_options_;

  io::HeadBuffer head_;
  PartBuffer current_;
  int next_number_ = 2;
  std::uint64_t tail_bytes_ = 0;  ///< behind the head

  std::mutex mutex_;
  std::condition_variable wake_;
  State state_ = State::open;  ///< guarded by mutex_

  MultipartUpload upload_;  ///< last: its threads read the head
};

}  // namespace s3reel::s3
