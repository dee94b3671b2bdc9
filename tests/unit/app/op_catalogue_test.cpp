#include "s3reel/op_catalogue.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace s3reel {
namespace {

class ThrowingObserver final : public Observer {
 public:
  void on_message(Level /*level*/, const std::string& /*text*/) override {
    ++calls;
    throw std::domain_error("the terminal is on fire");
  }

  int calls = 0;
};

TEST(CheckPlugin, WhatItsObserverThrowsIsThrown) {
  ThrowingObserver observer;
  EXPECT_THROW(
      static_cast<void>(check_plugin({.path = S3REEL_TEST_PLUGIN}, observer)), std::domain_error);
  EXPECT_EQ(observer.calls, 1);
}

}  // namespace
}  // namespace s3reel
