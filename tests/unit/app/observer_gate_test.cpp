#include "app/observer_gate.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace s3reel::app {
namespace {

class Thrower final : public Observer {
 public:
  void on_progress(const Progress& /*progress*/) override {
    ++calls;
    throw std::runtime_error("the terminal is on fire");
  }

  void on_message(Level /*level*/, const std::string& /*text*/) override { ++calls; }

  int calls = 0;
};

TEST(ObserverGate, WhatAnObserverThrowsStopsTheJobAndIsThrownOn) {
  Thrower observer;
  int failures = 0;
  ObserverGate gate(observer, [&failures] { ++failures; });
  EXPECT_NO_THROW(gate.rethrow_failure());
  EXPECT_NO_THROW(gate.progress({}));
  EXPECT_NO_THROW(gate.progress({}));
  gate.log().warn("nobody listens any more");
  EXPECT_EQ(observer.calls, 1);
  EXPECT_EQ(failures, 1);
  EXPECT_THROW(gate.rethrow_failure(), std::runtime_error);
}

}  // namespace
}  // namespace s3reel::app
