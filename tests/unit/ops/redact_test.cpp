#include "ops/redact.h"

#include <set>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/color.h"
#include "s3reel/error.h"
#include "unit/media/frames.h"
#include "unit/ops/apply.h"

namespace s3reel::ops {
namespace {

using testing::HasSubstr;

std::vector<RedactRegion> read(const std::string& text, const RedactRegion& fallback = {}) {
  return read_regions(std::as_bytes(std::span(text)), "regions.json", fallback);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    return error.what();
  }
  return {};
}

TEST(Redact, ARegionBeyondAnOddSizeCoversNothing) {
  const test::FrameSpec spec{.width = 23, .height = 13};
  for (const RedactRegion& outside :
       {RedactRegion{.x = 23, .y = 0, .width = 9, .height = 13},
        RedactRegion{.x = 0, .y = 13, .width = 23, .height = 65535}}) {
    Redact op({outside});
    const auto after = test::applied(op, test::noise_frame(spec));
    for (int part = 0; part < 3; ++part) {
      EXPECT_EQ(test::component(*after, part), test::component(*test::noise_frame(spec), part));
    }
  }
}

TEST(Redact, ABlurMuchWiderThanItsRegionLeavesNextToNothing) {
  Redact op({{.width = 23, .height = 13, .mode = RedactRegion::Mode::blur, .radius = 65535}});
  const auto after = test::applied(op, test::noise_frame({.width = 23, .height = 13}));
  const auto light = test::component(*after, 0);
  const std::set<std::uint16_t> values(light.begin(), light.end());
  EXPECT_LE(*values.rbegin() - *values.begin(), 1);
}

TEST(Regions, HaveTheLookOfTheOpWhereTheySayNone) {
  const RedactRegion style{.mode = RedactRegion::Mode::blur, .color = "red", .radius = 7};
  const auto regions = read(
      R"({"regions": [{"x": 1, "y": 2, "w": 3, "h": 4},
                      {"x": 1, "y": 2, "w": 3, "h": 4, "mode": "fill", "color": "blue", "radius": 2}]})",
      style);
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].mode, RedactRegion::Mode::blur);
  EXPECT_EQ(regions[0].color, "red");
  EXPECT_EQ(regions[0].radius, 7);
  EXPECT_EQ(regions[1].mode, RedactRegion::Mode::fill);
  EXPECT_EQ(regions[1].color, "blue");
  EXPECT_EQ(regions[1].radius, 2);
}

TEST(Regions, NoneIsLeftOutInSilence) {
  EXPECT_THAT(refusal(R"({"regions": [], "regions": [{}]})"), HasSubstr("twice"));
  EXPECT_THAT(
      refusal(R"({"regions": [{"x": 1, "y": 1, "w": 1, "h": 1, "to": 9, "to": 1}]})"),
      HasSubstr("twice"));
  EXPECT_THAT(refusal(R"({"regions": [], "region": []})"), HasSubstr("other fields"));
}

TEST(Color, IsTheSameEachTime) {
  EXPECT_TRUE(is_color("black"));
  EXPECT_TRUE(is_color("#ff8000@0.5"));
  for (const char* text :
       {"random", "Random@0.5", "bikeshed", "0xrandom@0x80", "#random", "", "blurple"}) {
    EXPECT_FALSE(is_color(text)) << text;
  }
  EXPECT_FALSE(is_color(std::string("red\0green", 9)));
}

}  // namespace
}  // namespace s3reel::ops
