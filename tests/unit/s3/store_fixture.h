#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3/store_client.h"
#include "unit/s3/fake_http.h"

namespace s3reel::test {

/// A StoreClient over canned answers. `random` is 1, so that every wait is its longest.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    settings.endpoint_url = "http://127.0.0.1:9000";
    settings.region = "us-east-1";
    settings.credentials = Credentials{"AKIDEXAMPLE", "SECRETEXAMPLE", "TOKENEXAMPLE"};
  }

  s3::StoreClient& store() {
    if (!store_) {
      auto owned = std::make_unique<FakeHttp>();
      owned->answers = answers;
      http = owned.get();
      base::Log log([this](base::LogLevel, const std::string& text) { lines.push_back(text); });
      store_ = std::make_unique<s3::StoreClient>(
          settings, std::move(owned), log, clock, [] { return 1.0; });
    }
    return *store_;
  }

  /// What `action` throws.
  template <class Action>
  ErrorInfo failure(Action action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("EXAMPLE"), std::string::npos) << error.what();
      return error.info();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }

  StoreSettings settings;
  ManualClock clock;
  std::deque<Answer> answers;
  FakeHttp* http = nullptr;
  std::vector<std::string> lines;
  const s3::ObjectName object{"bucket", "key.mp4"};

 private:
  std::unique_ptr<s3::StoreClient> store_;
};

}  // namespace s3reel::test
