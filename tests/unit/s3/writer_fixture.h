#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "s3/multipart_writer.h"
#include "support/bytes.h"
#include "support/fake_s3_client.h"

namespace s3reel::s3 {

inline constexpr std::size_t kPart = 5 * base::kMiB;  // smaller than the default: less memory

/// Blocks callers until it is opened or their token is stopped.
class Gate {
 public:
  void open() {
    const std::scoped_lock lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }

  void pass(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    wake_.notify_all();
    if (!wake_.wait(lock, stop, [this] { return open_; })) {
      throw base::Cancelled();
    }
  }

  void await_waiting(int count) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool open_ = false;
  int waiting_ = 0;
};

class MultipartWriterTest : public testing::Test {
 protected:
  MultipartWriter make(io::WriteOptions options = {}) {
    WriterSetup setup{.part_size = kPart, .parts_in_flight = 2, .profile = profile_};
    setup.grace = grace_;
    setup.cleanup = cleanup_;
    setup.make_token = [] {
      return std::string("token-1");
    };
    return MultipartWriter(
        client_,
        clock_,
        base::Log([this](base::LogLevel level, const std::string& text) {
          if (level == base::LogLevel::warning) {
            warnings_.push_back(text);
          }
        }),
        {.bucket = "bucket", .key = "out.mp4"},
        setup,
        std::move(options),
        stop_.get_token());
  }

  static void write(io::ObjectWriter& writer, const std::vector<std::byte>& bytes) {
    constexpr std::size_t kPiece = 1'000'003;
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      writer.append(std::span(bytes).subspan(at, std::min(kPiece, bytes.size() - at)));
    }
  }

  void expect_nothing_left(const std::vector<std::string>& objects = {}) const {
    EXPECT_EQ(client_.uploads(), 0U);
    EXPECT_EQ(client_.keys(), objects);
  }

  /// The error that `call` throws.
  template <class Call>
  static ErrorInfo error_of(Call&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.info();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  /// The error with which a job of several parts ends; its writer is gone by then.
  ErrorInfo error_of_a_job() {
    auto writer = make();
    return error_of([&] {
      write(writer, test::pattern_bytes(3 * kPart));
      writer.publish();
    });
  }

  test::FakeS3Client client_;
  base::SystemClock clock_;
  StoreProfile profile_{};
  base::Clock::Duration grace_{60'000};
  base::Clock::Duration cleanup_{60'000};
  std::stop_source stop_;
  std::vector<std::string> warnings_;
};

}  // namespace s3reel::s3
