#include "pipeline/stage_meter.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace s3reel::pipeline {
namespace {

void pass_time() {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST(StageMeter, BeforeItStartsThereIsNothing) {
  const StageFacts facts = StageMeter("read").facts();
  EXPECT_EQ(facts.name, "read");
  EXPECT_EQ(facts.busy_seconds, 0.0);
  EXPECT_EQ(facts.waiting_seconds, 0.0);
}

TEST(StageMeter, TellsWaitingFromWorking) {
  StageMeter meter("decode");
  meter.start();
  pass_time();
  const int answer = meter.waiting([] {
    pass_time();
    return 42;
  });
  meter.stop();
  EXPECT_EQ(answer, 42);
  EXPECT_GE(meter.facts().busy_seconds, 0.005);
  EXPECT_GE(meter.facts().waiting_seconds, 0.005);
}

TEST(StageMeter, AWaitThatThrowsIsCountedAllTheSame) {
  StageMeter meter("write");
  meter.start();
  EXPECT_THROW(
      meter.waiting([] {
        pass_time();
        throw std::runtime_error("cancelled");
      }),
      std::runtime_error);
  meter.stop();
  EXPECT_GE(meter.facts().waiting_seconds, 0.005);
  EXPECT_GE(meter.facts().busy_seconds, 0.0);
}

TEST(StageMeter, HandsOnReferences) {
  StageMeter meter("chain");
  int value = 1;
  int& same = meter.waiting([&value]() -> int& { return value; });
  EXPECT_EQ(&same, &value);
}

}  // namespace
}  // namespace s3reel::pipeline
