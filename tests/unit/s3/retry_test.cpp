#include "s3/retry.h"

#include "base/cancelled.h"
#include "unit/s3/store_fixture.h"

namespace s3reel::s3 {
namespace {

using std::chrono::milliseconds;
using test::ManualClock;
using testing::Each;
using testing::ElementsAre;
using testing::Le;

class RetryTest : public testing::Test {
 protected:
  Retrier& retrier() {
    if (!retrier_) {
      retrier_ = std::make_unique<Retrier>(settings, clock, [this] { return part; });
    }
    return *retrier_;
  }

  /// Runs a call whose attempts all fail with `error`; returns how many there were.
  int failing_attempts(const Error& error, const std::function<void(Attempt&)>& tell = {}) {
    int attempts = 0;
    EXPECT_THROW(
        retrier().run(
            [&](Attempt& attempt) {
              ++attempts;
              if (tell) {
                tell(attempt);
              }
              if (const auto* refused = dynamic_cast<const http::NotConnected*>(&error)) {
                throw http::NotConnected(*refused);
              }
              throw Error(error);
            },
            {}),
        Error);
    return attempts;
  }

  static Error answered() {
    return Error({.kind = ErrorKind::unavailable, .retryable = true, .http_status = 500});
  }

  static Error broken() { return Error({.kind = ErrorKind::unavailable, .retryable = true}); }

  static http::NotConnected refused() {
    return http::NotConnected({.kind = ErrorKind::unavailable, .retryable = true});
  }

  RetrySettings settings;
  ManualClock clock;
  double part = 1.0;

 private:
  std::unique_ptr<Retrier> retrier_;
};

TEST_F(RetryTest, DoublesTheLongestWaitUpToTheCap) {
  settings.attempts = 6;
  settings.max_delay_ms = 500;
  EXPECT_EQ(failing_attempts(answered()), 6);
  EXPECT_THAT(
      clock.sleeps,
      ElementsAre(
          milliseconds(50),
          milliseconds(100),
          milliseconds(200),
          milliseconds(400),
          milliseconds(500)));
}

TEST_F(RetryTest, WaitsARandomPart) {
  settings.attempts = 2;
  part = 0.25;
  failing_attempts(answered());
  EXPECT_THAT(clock.sleeps, ElementsAre(milliseconds(12)));
}

TEST_F(RetryTest, WaitsLongerWhenThrottled) {
  settings.attempts = 3;
  failing_attempts(answered(), [](Attempt& a) { a.pace = Attempt::Pace::throttled; });
  EXPECT_THAT(clock.sleeps, ElementsAre(milliseconds(1'000), milliseconds(2'000)));
}

TEST_F(RetryTest, HonoursRetryAfterUpToTheCap) {
  settings.attempts = 3;
  failing_attempts(answered(), [](Attempt& a) {
    a.retry_after = a.number == 1 ? milliseconds(7'000) : milliseconds(3'600'000);
  });
  EXPECT_THAT(clock.sleeps, ElementsAre(milliseconds(7'000), milliseconds(20'000)));
}

TEST_F(RetryTest, DoesNotRepeatWhatIsFinal) {
  EXPECT_EQ(failing_attempts(Error({.kind = ErrorKind::refused, .http_status = 403})), 1);
  EXPECT_EQ(retrier().retries(), 0U);
}

TEST_F(RetryTest, EndsAtTheDeadline) {
  settings.attempts = 1'000;
  settings.deadline_ms = 100'000;
  failing_attempts(answered());
  EXPECT_LT(clock.now().time_since_epoch(), milliseconds(100'000));
}

TEST_F(RetryTest, GivesUpSoonWhereNothingEverAnswered) {
  EXPECT_GT(failing_attempts(refused()), 2);
  EXPECT_LT(clock.now().time_since_epoch(), milliseconds(settings.unreachable_deadline_ms));
  // The next request of the store does not start the wait anew.
  clock.advance(milliseconds(settings.unreachable_deadline_ms));
  EXPECT_EQ(failing_attempts(refused()), 1);
}

TEST_F(RetryTest, AConnectionThatOnlyBreaksIsNoAnswer) {
  EXPECT_GT(failing_attempts(broken()), 2);
  EXPECT_LT(clock.now().time_since_epoch(), milliseconds(settings.unreachable_deadline_ms));
}

TEST_F(RetryTest, AFirstConnectionThatBreaksLateIsTriedAgain) {
  const auto late = 2 * milliseconds(settings.unreachable_deadline_ms);
  EXPECT_EQ(failing_attempts(broken(), [&](Attempt&) { clock.advance(late); }), 2);
}

TEST_F(RetryTest, AnAnswerThatBreaksIsAnAnswer) {
  EXPECT_EQ(failing_attempts(broken(), [](Attempt& a) { a.answered = true; }), settings.attempts);
  EXPECT_GT(clock.now().time_since_epoch(), milliseconds(settings.unreachable_deadline_ms));
}

TEST_F(RetryTest, ConnectsOnlyAsLongAsTheDeadlineAllows) {
  std::vector<milliseconds> timeouts;
  failing_attempts(refused(), [&](Attempt& attempt) {
    timeouts.push_back(attempt.connect_timeout);
    clock.advance(attempt.connect_timeout);  // nothing answers at all
  });
  EXPECT_EQ(timeouts.front(), milliseconds(settings.connect_timeout_ms));
  EXPECT_LT(timeouts.back(), milliseconds(settings.connect_timeout_ms));
  EXPECT_LE(clock.now().time_since_epoch(), milliseconds(settings.unreachable_deadline_ms));
}

TEST_F(RetryTest, KeepsTryingAnEndpointThatAnsweredBefore) {
  retrier().run([](Attempt&) {}, {});
  EXPECT_EQ(failing_attempts(refused()), settings.attempts);
  EXPECT_GT(clock.now().time_since_epoch(), milliseconds(settings.unreachable_deadline_ms));
}

TEST_F(RetryTest, AsksForAFreshConnectionAfterABrokenOne) {
  std::vector<bool> fresh;
  settings.attempts = 2;
  failing_attempts(broken(), [&](Attempt& a) { fresh.push_back(a.fresh_connection); });
  failing_attempts(answered(), [&](Attempt& a) { fresh.push_back(a.fresh_connection); });
  EXPECT_THAT(fresh, ElementsAre(false, true, false, false));
}

TEST_F(RetryTest, ProgressStartsTheCountAgainWithinABound) {
  settings.attempts = 3;
  const int attempts = failing_attempts(broken(), [](Attempt& a) { a.progressed = true; });
  EXPECT_EQ(attempts, 30);
  EXPECT_THAT(clock.sleeps, Each(milliseconds(settings.base_delay_ms)));
}

TEST_F(RetryTest, TheBucketEndsAnOutageForAllRequests) {
  retrier().run([](Attempt&) {}, {});
  int attempts = 0;
  for (int call = 0; call < 20; ++call) {
    attempts += failing_attempts(broken());
  }
  EXPECT_EQ(attempts, 20 + 500 / 10);
  EXPECT_EQ(retrier().retries(), 50U);
  for (int call = 0; call < 10; ++call) {
    retrier().run([](Attempt&) {}, {});  // each gives one token back
  }
  EXPECT_EQ(failing_attempts(broken()), 2);
}

TEST_F(RetryTest, SuccessAfterRetriesGivesBackWhatTheyTook) {
  retrier().run([](Attempt&) {}, {});
  for (int call = 0; call < 100; ++call) {
    int attempts = 0;
    retrier().run(
        [&](Attempt&) {
          if (++attempts < 10) {
            throw broken();
          }
        },
        {});
    ASSERT_EQ(attempts, 10);
  }
}

TEST_F(RetryTest, ACorrectionIsRepeatedAtOnceAndForFree) {
  settings.attempts = 1;
  int attempts = 0;
  retrier().run(
      [&](Attempt& attempt) {
        if (++attempts == 1) {
          attempt.corrected = true;
          throw Error({.kind = ErrorKind::refused, .http_status = 403});
        }
      },
      {});
  EXPECT_EQ(attempts, 2);
  EXPECT_THAT(clock.sleeps, Each(Le(milliseconds(0))));
}

TEST_F(RetryTest, AStopEndsTheWait) {
  std::stop_source stop;
  clock.on_sleep = [&] {
    stop.request_stop();
  };
  int attempts = 0;
  EXPECT_THROW(
      retrier().run(
          [&](Attempt&) {
            ++attempts;
            throw answered();
          },
          stop.get_token()),
      base::Cancelled);
  EXPECT_EQ(attempts, 1);
}

TEST_F(RetryTest, SaysHowOftenItTried) {
  settings.attempts = 4;
  try {
    retrier().run([](Attempt&) { throw answered(); }, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("gave up after 4 attempts"), std::string::npos);
    EXPECT_EQ(error.info().kind, ErrorKind::unavailable);
  }
}

}  // namespace
}  // namespace s3reel::s3
