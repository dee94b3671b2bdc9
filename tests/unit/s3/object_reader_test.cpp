#include "s3/object_reader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/cancelled.h"
#include "support/bytes.h"
#include "support/fake_s3_client.h"

namespace s3reel::s3 {
namespace {

using base::kKiB;
using base::kMiB;
using test::FakeCall;
using test::FakeS3Client;
using test::pattern_bytes;

class ObjectReaderTest : public testing::Test {
 protected:
  std::unique_ptr<ObjectReader> open(std::size_t size) {
    bytes_ = pattern_bytes(size);
    client_.put("in.mp4", bytes_);
    return reopen();
  }

  std::unique_ptr<ObjectReader> reopen() {
    return ObjectReader::open(
        client_, clock_, {.bucket = "bucket", .key = "in.mp4"}, settings_, stop_.get_token());
  }

  /// Reads [begin, end) in pieces as a demuxer does, and compares every byte.
  void read(io::ByteSource& source, std::uint64_t begin, std::uint64_t end) {
    std::vector<std::byte> piece(32 * kKiB);
    while (begin < end) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), end - begin));
      const std::size_t count = source.read_at(begin, std::span(piece).first(wanted));
      ASSERT_GT(count, 0U) << "at " << begin;
      ASSERT_EQ(std::memcmp(piece.data(), bytes_.data() + begin, count), 0) << "at " << begin;
      begin += count;
    }
  }

  [[nodiscard]] std::size_t gets() const { return client_.calls("GetObject").size(); }

  /// Bytes asked for, with repetitions.
  [[nodiscard]] std::uint64_t asked() const {
    std::uint64_t sum = 0;
    for (const FakeCall& call : client_.calls("GetObject")) {
      sum += std::min<std::uint64_t>(call.range.end, bytes_.size()) - call.range.begin;
    }
    return sum;
  }

  std::vector<std::byte> bytes_;
  FakeS3Client client_;
  base::SystemClock clock_;
  ReaderSettings settings_;
  std::stop_source stop_;
};

TEST_F(ObjectReaderTest, OpeningIsOneSmallRangedGet) {
  const auto reader = open(3 * kMiB);
  EXPECT_EQ(reader->identity().size, bytes_.size());
  EXPECT_EQ(reader->identity().etag, client_.find("in.mp4")->etag);
  read(*reader, 0, 100 * kKiB);
  ASSERT_EQ(client_.calls().size(), 1U);
  EXPECT_EQ(client_.calls()[0].range.end, 256 * kKiB);
}

TEST_F(ObjectReaderTest, AnObjectSmallerThanTheFirstWindowIsReadWhole) {
  const auto reader = open(1'000);
  read(*reader, 0, 1'000);
  std::vector<std::byte> out(10);
  EXPECT_EQ(reader->read_at(1'000, out), 0U);
  EXPECT_EQ(reader->read_at(5'000, out), 0U);
  EXPECT_EQ(reader->read_at(995, out), 5U);
  EXPECT_EQ(gets(), 1U);
}

TEST_F(ObjectReaderTest, AMissingObjectIsRefused) {
  EXPECT_THROW(reopen(), Error);
}

TEST_F(ObjectReaderTest, ASequentialReadFetchesEachByteOnceWithinTheBudget) {
  const auto reader = open(100 * kMiB + 4'321);
  read(*reader, 0, bytes_.size());
  EXPECT_EQ(asked(), bytes_.size());
  EXPECT_EQ(client_.bytes_read(), bytes_.size());
  EXPECT_LE(reader->peak_bytes(), settings_.budget);
  EXPECT_LE(gets(), 40U);
}

TEST_F(ObjectReaderTest, ASmallBudgetIsKeptToo) {
  settings_.budget = 2 * kMiB;
  const auto reader = open(20 * kMiB);
  read(*reader, 0, bytes_.size());
  EXPECT_EQ(asked(), bytes_.size());
  EXPECT_LE(reader->peak_bytes(), settings_.budget);
}

TEST_F(ObjectReaderTest, AnIndexAtTheEndCostsFewRequests) {
  const auto reader = open(64 * kMiB);
  const std::uint64_t index = bytes_.size() - 3 * kMiB - 77;
  read(*reader, 0, 64);
  read(*reader, index, bytes_.size());
  read(*reader, 64, 100 * kKiB);
  EXPECT_LE(gets(), 5U);
  read(*reader, 100 * kKiB, index);
  EXPECT_LE(asked(), bytes_.size() + bytes_.size() / 50);
}

TEST_F(ObjectReaderTest, AnIndexAtTheFrontCostsFewRequests) {
  const auto reader = open(64 * kMiB);
  read(*reader, 0, 6 * kMiB);
  EXPECT_LE(gets(), 5U);
}

TEST_F(ObjectReaderTest, ALookAtBothEndsReadsLittle) {
  const auto reader = open(64 * kMiB);
  read(*reader, 0, 60 * kKiB);
  read(*reader, bytes_.size() - 50 * kKiB, bytes_.size());
  EXPECT_LE(asked(), 512 * kKiB);
  EXPECT_EQ(gets(), 2U);
}

TEST_F(ObjectReaderTest, TwoPlacesInTurnDoNotThrash) {
  const auto reader = open(80 * kMiB);
  const std::uint64_t half = bytes_.size() / 2;
  for (std::uint64_t at = 0; at < half; at += 200 * kKiB) {
    read(*reader, at, std::min(at + 200 * kKiB, half));
    read(*reader, half + at, std::min(half + at + 200 * kKiB, bytes_.size() + 0));
  }
  EXPECT_LE(asked(), bytes_.size() + bytes_.size() / 50);
  EXPECT_LE(reader->peak_bytes(), settings_.budget);
  EXPECT_LE(gets(), 60U);
}

TEST_F(ObjectReaderTest, AudioWhollyBehindTheVideoIsFetchedOnce) {
  const auto reader = open(66 * kMiB);
  const std::uint64_t video = 64 * kMiB;
  std::uint64_t audio_at = video;
  for (std::uint64_t at = 0; at < video; at += kMiB) {
    read(*reader, at, at + kMiB);
    read(*reader, audio_at, audio_at + 32 * kKiB);
    audio_at += 32 * kKiB;
  }
  EXPECT_LE(asked(), bytes_.size() + bytes_.size() / 50);
}

TEST_F(ObjectReaderTest, CoarseInterleavingIsReadByOneCursor) {
  // Two seconds of video, then two of sound, read second by second.
  const auto reader = open(60 * kMiB);
  const std::uint64_t unit = 3 * kMiB;
  for (std::uint64_t at = 0; at < bytes_.size(); at += unit) {
    read(*reader, at, at + kMiB);
    read(*reader, at + 2 * kMiB, at + 2 * kMiB + 512 * kKiB);
    read(*reader, at + kMiB, at + 2 * kMiB);
    read(*reader, at + 2 * kMiB + 512 * kKiB, at + unit);
  }
  EXPECT_LE(asked(), bytes_.size() + bytes_.size() / 50);
}

TEST_F(ObjectReaderTest, AShortJumpBackIsServedFromMemory) {
  const auto reader = open(20 * kMiB);
  read(*reader, 0, 10 * kMiB);
  read(*reader, 10 * kMiB - 200 * kKiB, bytes_.size());
  EXPECT_EQ(asked(), bytes_.size());
}

TEST_F(ObjectReaderTest, AJumpBackReadsAgainOnlyWhatIsNeeded) {
  const auto reader = open(20 * kMiB);
  read(*reader, 0, 10 * kMiB);
  read(*reader, 2 * kMiB, 2 * kMiB + 100 * kKiB);
  read(*reader, 10 * kMiB, bytes_.size());
  EXPECT_LE(asked(), bytes_.size() + 256 * kKiB);
}

TEST_F(ObjectReaderTest, StartingOverReadsAheadAgain) {
  const auto reader = open(20 * kMiB);
  read(*reader, 0, 5 * kMiB);
  read(*reader, 0, bytes_.size());
  EXPECT_LE(asked(), bytes_.size() + 5 * kMiB + 256 * kKiB);
  EXPECT_LE(gets(), 25U);
}

TEST_F(ObjectReaderTest, ThePlanKeepsReadAheadOutOfGapsAndBehindTheLastRange) {
  const auto reader = open(64 * kMiB);
  const std::vector<io::ByteRange> wanted{
      {0, 8 * kMiB}, {9 * kMiB, 10 * kMiB}, {30 * kMiB, 40 * kMiB}};
  reader->plan(wanted);
  for (const io::ByteRange range : wanted) {
    read(*reader, range.begin, range.end);
  }
  const std::uint64_t planned = 20 * kMiB;  // the gap of 1 MiB is cheaper fetched than skipped
  EXPECT_LE(asked(), planned + planned / 50);
  for (const FakeCall& call : client_.calls("GetObject")) {
    EXPECT_LE(call.range.end, 40 * kMiB);
  }
  read(*reader, 60 * kMiB, 60 * kMiB + 1'000);  // a plan is only advice
}

TEST_F(ObjectReaderTest, AChangedObjectIsAnErrorNeverAMixture) {
  const auto reader = open(20 * kMiB);
  client_.put("in.mp4", pattern_bytes(20 * kMiB, 2));
  read(*reader, 0, 256 * kKiB);  // what the opening request brought
  std::vector<std::byte> out(10);
  try {
    reader->read_at(256 * kKiB, out);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::refused);
  }
}

TEST_F(ObjectReaderTest, AnErrorIsThrownOnlyForBytesThatItConcerns) {
  client_.before = [](const FakeCall& call, const std::stop_token&) {
    if (call.operation == "GetObject" && call.range.end > 5 * kMiB) {
      throw FakeS3Client::outage();
    }
  };
  const auto reader = open(20 * kMiB);
  std::vector<std::byte> out(10);
  EXPECT_THROW(reader->read_at(19 * kMiB, out), Error);
  EXPECT_THROW(reader->read_at(19 * kMiB, out), Error);
  read(*reader, 0, 2 * kMiB);
}

TEST_F(ObjectReaderTest, AnAnswerThatEndsEarlyIsAnError) {
  const auto reader = open(20 * kMiB);
  client_.on_piece = [](const FakeCall&, std::uint64_t delivered) {
    if (delivered >= 128 * kKiB) {
      throw FakeS3Client::outage();
    }
  };
  read(*reader, 10 * kMiB, 10 * kMiB + 128 * kKiB);
  std::vector<std::byte> out(10);
  EXPECT_THROW(reader->read_at(10 * kMiB + 128 * kKiB, out), Error);
}

TEST_F(ObjectReaderTest, StopInterruptsABlockedRead) {
  const auto reader = open(20 * kMiB);
  std::mutex mutex;
  std::condition_variable_any wake;
  bool blocked = false;
  client_.before = [&](const FakeCall&, const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    blocked = true;
    wake.notify_all();
    wake.wait(lock, stop, [] { return false; });
    throw base::Cancelled();
  };
  std::jthread stopper([&] {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return blocked; });
    stop_.request_stop();
  });
  std::vector<std::byte> out(10);
  EXPECT_THROW(reader->read_at(10 * kMiB, out), base::Cancelled);
  EXPECT_THROW(reader->read_at(0, out), base::Cancelled);
}

TEST_F(ObjectReaderTest, DestructionEndsRequestsOnTheirWay) {
  auto reader = open(64 * kMiB);
  std::atomic<int> entered{0};
  client_.on_piece = [&entered](const FakeCall&, std::uint64_t) {
    ++entered;
  };
  read(*reader, 0, 2 * kMiB);
  reader.reset();
  const int after = entered;
  std::this_thread::yield();
  EXPECT_EQ(entered, after);
}

TEST_F(ObjectReaderTest, BytesAreReadableBeforeTheirRequestEnds) {
  const auto reader = open(20 * kMiB);
  std::mutex mutex;
  std::condition_variable_any wake;
  bool released = false;
  client_.on_piece = [&](const FakeCall& call, std::uint64_t delivered) {
    if (call.range.begin == 10 * kMiB && delivered >= 64 * kKiB) {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return released; });
    }
  };
  read(*reader, 10 * kMiB, 10 * kMiB + 64 * kKiB);
  const std::scoped_lock lock(mutex);
  released = true;
  wake.notify_all();
}

TEST_F(ObjectReaderTest, ManyPlacesRecycleTheOldestCursor) {
  settings_.budget = 4 * kMiB;
  const auto reader = open(64 * kMiB);
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t place = 0; place < 8; ++place) {
      const std::uint64_t at = place * 8 * kMiB + round * 300 * kKiB;
      read(*reader, at, at + 300 * kKiB);
    }
  }
  EXPECT_LE(reader->peak_bytes(), settings_.budget);
}

/// Many small ranges, of which some take longer than others.
class StragglerTest : public ObjectReaderTest {
 protected:
  StragglerTest() {
    settings_.budget = 2 * kMiB;
    settings_.max_request = settings_.steady_window = kBlockBytes;
    settings_.hedge_after = std::chrono::milliseconds(300);
  }

  static constexpr std::size_t kBytes = 40 * kMiB;

  /// Requests beyond the one that each range takes.
  [[nodiscard]] std::size_t extra() const {
    std::set<std::uint64_t> ends;
    for (const FakeCall& call : client_.calls("GetObject")) {
      ends.insert(call.range.end);
    }
    return gets() - ends.size();
  }

  /// The rest of its range was asked for a second time.
  [[nodiscard]] bool is_hedged(const FakeCall& one) const {
    const auto calls = client_.calls("GetObject");
    return std::count_if(calls.begin(), calls.end(), [&](const FakeCall& call) {
             return call.range.end == one.range.end;
           }) == 2;
  }

  void await_hedge(const FakeCall& call) const {
    while (!is_hedged(call)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

TEST_F(StragglerTest, IsHedgedAndTheOtherRequestEnds) {
  std::atomic<bool> ended{false};
  client_.before = [&](const FakeCall& call, const std::stop_token& stop) {
    if (call.nth == 100) {
      while (!stop.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      ended = true;
      throw base::Cancelled();
    }
  };
  const auto reader = open(kBytes);
  read(*reader, 0, bytes_.size());
  EXPECT_TRUE(ended);
  EXPECT_TRUE(is_hedged(client_.calls("GetObject").at(99)));
  EXPECT_LE(reader->peak_bytes(), settings_.budget);
}

TEST_F(StragglerTest, ThatHasBroughtHalfIsAskedForTheRest) {
  std::atomic<std::uint64_t> reached{0};
  client_.piece_bytes = kBlockBytes / 4;
  client_.on_piece = [&](const FakeCall& call, std::uint64_t delivered) {
    if (call.nth == 100 && delivered == kBlockBytes / 2) {
      reached = call.range.begin + delivered;
      await_hedge(call);  // then both bring the rest
    }
  };
  const auto reader = open(kBytes);
  read(*reader, 0, bytes_.size());
  const auto calls = client_.calls("GetObject");
  EXPECT_TRUE(std::any_of(calls.begin(), calls.end(), [&](const FakeCall& call) {
    return call.range.begin == reached;
  }));
}

TEST_F(StragglerTest, AreHedgedOnceInFiftyRequestsAtMost) {
  settings_.hedge_after = std::chrono::milliseconds(20);
  client_.before = [&](const FakeCall& call, const std::stop_token&) {
    if (call.nth % 10 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
  };
  const auto reader = open(kBytes);
  read(*reader, 0, bytes_.size());
  EXPECT_LE(extra(), gets() / 50);
}

TEST(StragglerPatience, IsThreeMediansButNotLessThanTheLeast) {
  using std::chrono_literals::operator""ms;
  EXPECT_EQ(straggler_patience({}, 2000ms), 2000ms);
  EXPECT_EQ(straggler_patience({100ms, 90ms, 5000ms}, 2000ms), 2000ms);
  EXPECT_EQ(straggler_patience({3000ms, 1000ms, 2000ms}, 2000ms), 6000ms);
}

TEST_F(StragglerTest, AFailureCountsOnlyWhenBothRequestsFailed) {
  std::atomic<bool> failed{false};
  client_.before = [&](const FakeCall& call, const std::stop_token&) {
    if (call.nth == 100) {
      await_hedge(call);
      failed = true;
      throw FakeS3Client::outage();
    }
  };
  client_.on_piece = [&](const FakeCall& call, std::uint64_t) {
    while (is_hedged(call) && !failed) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the hedge comes behind
    }
  };
  const auto reader = open(kBytes);
  read(*reader, 0, bytes_.size());
  EXPECT_TRUE(failed);
}

TEST_F(StragglerTest, AreAnErrorWhenBothRequestsFail) {
  std::atomic<std::uint64_t> end{0};
  client_.before = [&](const FakeCall& call, const std::stop_token&) {
    if (call.nth == 100) {
      end = call.range.end;
    }
    if (call.range.end == end) {
      await_hedge(call);
      throw FakeS3Client::outage();
    }
  };
  const auto reader = open(kBytes);
  EXPECT_THROW(read(*reader, 0, bytes_.size()), Error);
}

}  // namespace
}  // namespace s3reel::s3
