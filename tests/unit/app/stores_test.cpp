#include "app/stores.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::app {
namespace {

/// Sets a variable of this process, which runs one test at a time.
class TimeScaleTest : public testing::Test {
 protected:
  static void set(const char* value) {
    setenv("S3REEL_TIME_SCALE", value, 1);  // NOLINT(concurrency-mt-unsafe)
  }

  void TearDown() override {
    unsetenv("S3REEL_TIME_SCALE");  // NOLINT(concurrency-mt-unsafe)
  }
};

TEST_F(TimeScaleTest, IsOneUnlessSet) {
  EXPECT_EQ(time_scale(), 1.0);
  set("0.05");
  EXPECT_EQ(time_scale(), 0.05);
}

TEST_F(TimeScaleTest, RefusesWhatWouldStopTimeOrTurnItBack) {
  for (const auto* value : {"", "0", "-1", "1.5", "nan", "0.5x", "fast"}) {
    set(value);
    try {
      time_scale();
      ADD_FAILURE() << "took '" << value << "'";
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage) << value;
      EXPECT_EQ(error.info().operation, "S3REEL_TIME_SCALE");
    }
  }
}

}  // namespace
}  // namespace s3reel::app
