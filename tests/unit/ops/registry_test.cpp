#include "ops/registry.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

using testing::HasSubstr;

std::string refusal(const OpSpec& spec) {
  try {
    make_op(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_EQ(error.info().subject, spec.name);
    return error.what();
  }
  return {};
}

TEST(Registry, BuildsEveryOpItNames) {
  ASSERT_FALSE(op_names().empty());
  for (const std::string& name : op_names()) {
    EXPECT_EQ(make_op({.name = name})->name(), name);
  }
  EXPECT_THAT(op_names(), testing::Contains("grayscale"));
}

TEST(Registry, AnUnknownOpIsRefusedWithTheKnownOnes) {
  EXPECT_THAT(refusal({.name = "greyscale"}), HasSubstr("grayscale"));
  EXPECT_NE(refusal({.name = ""}), "");
  EXPECT_NE(refusal({.name = "Grayscale"}), "");
}

TEST(Registry, AnUnknownParameterIsRefusedByItsName) {
  const std::string what = refusal({.name = "grayscale", .parameters = {{"strength", "5"}}});
  EXPECT_THAT(what, HasSubstr("'strength'"));
}

}  // namespace
}  // namespace s3reel::ops
