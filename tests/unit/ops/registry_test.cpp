#include "ops/registry.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/library.h"
#include "ops/built_ins.h"
#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

using testing::HasSubstr;

class Registry : public testing::Test {
 protected:
  void SetUp() override { media::silence_libraries(); }
};

std::string spec_refusal(const BuiltInOp& spec) {
  try {
    factory(spec, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    return error.what();
  }
  return {};
}

/// "crop:w=2,h=2", as its own table shows it.
BuiltInOp example_of(const BuiltIn& op) {
  BuiltInOp spec{.name = op.name};
  std::string rest = op.example;
  EXPECT_EQ(rest.substr(0, rest.find(':')), op.name);
  while (rest.find_first_of(":,") != std::string::npos) {
    rest = rest.substr(rest.find_first_of(":,") + 1);
    const std::string pair = rest.substr(0, rest.find(','));
    spec.parameters[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
  }
  return spec;
}

TEST_F(Registry, MakesTheExampleOfEveryBuiltInOp) {
  ASSERT_FALSE(built_ins().empty());
  for (const BuiltIn& op : built_ins()) {
    if (op.example.find("file=") == std::string::npos) {
      EXPECT_EQ(factory(example_of(op), {})()->name(), op.name) << op.example;
    }
  }
}

TEST_F(Registry, AnUnknownOpIsRefusedWithTheKnownOnes) {
  EXPECT_THAT(spec_refusal({.name = "greyscale"}), HasSubstr("grayscale"));
  EXPECT_NE(spec_refusal({.name = ""}), "");
  EXPECT_NE(spec_refusal({.name = "Grayscale"}), "");
}

TEST_F(Registry, AnUnknownParameterIsRefusedByItsName) {
  EXPECT_THAT(
      spec_refusal({.name = "grayscale", .parameters = {{"strength", "5"}}}),
      HasSubstr("strength"));
}

TEST_F(Registry, AMissingParameterIsRefusedByItsName) {
  EXPECT_THAT(spec_refusal({.name = "rotate"}), HasSubstr("angle"));
}

TEST_F(Registry, FiltersThatReadFilesAreRefused) {
  for (const std::string graph :
       {"movie=a.mp4[a];[in][a]overlay", "amovie=a.mp4", "'mo'vie=a.mp4"}) {
    EXPECT_THROW(factory(GraphOp{graph}, {}), Error) << graph;
  }
}

}  // namespace
}  // namespace s3reel::ops
