#include "ops/format_plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::ops {
namespace {

using testing::ElementsAre;

OpContract takes(std::vector<std::string> formats) {
  return {.formats = std::move(formats)};
}

/// The formats in which frames enter each op, by name.
std::vector<std::string> entries(const std::vector<OpContract>& contracts, AVPixelFormat offered) {
  const FormatPlan plan(contracts);
  std::vector<std::string> names;
  AVPixelFormat current = offered;
  for (std::size_t i = 0; i < contracts.size(); ++i) {
    current = plan.entry(i, current, offered);
    names.emplace_back(av_get_pix_fmt_name(current));
  }
  return names;
}

TEST(FormatPlan, OpsThatTakeAnythingGetWhatThereIs) {
  EXPECT_THAT(entries({takes({}), takes({})}, AV_PIX_FMT_NV12), ElementsAre("nv12", "nv12"));
}

TEST(FormatPlan, AConversionServesAsManyNeighboursAsItCan) {
  // The first op would lose less with yuv444p, but then the second needed another conversion.
  EXPECT_THAT(
      entries({takes({"yuv444p", "rgb24"}), takes({"rgb24"})}, AV_PIX_FMT_YUV420P),
      ElementsAre("rgb24", "rgb24"));
}

TEST(FormatPlan, AFrameStaysAsItIsAsLongAsThatCostsNothing) {
  EXPECT_THAT(
      entries({takes({"rgb24", "yuv420p"}), takes({"rgb24"})}, AV_PIX_FMT_YUV420P),
      ElementsAre("yuv420p", "rgb24"));
}

TEST(FormatPlan, TheWayBackCounts) {
  // Two conversions at best: there and back. Staying in gbrp would need a third.
  EXPECT_THAT(
      entries({takes({"rgb24"}), takes({"yuv420p", "rgb24"})}, AV_PIX_FMT_YUV420P),
      testing::AnyOf(ElementsAre("rgb24", "rgb24"), ElementsAre("rgb24", "yuv420p")));
}

TEST(FormatPlan, AmongEqualsTheOneThatLosesLeast) {
  EXPECT_THAT(
      entries({takes({"gray", "yuv420p", "yuv422p10le"})}, AV_PIX_FMT_YUV422P10BE),
      ElementsAre("yuv422p10le"));
  EXPECT_THAT(entries({takes({"rgb24", "rgba"})}, AV_PIX_FMT_YUVA420P), ElementsAre("rgba"));
}

TEST(FormatPlan, AmongThoseTheSmallest) {
  EXPECT_THAT(
      entries({takes({"yuv444p16le", "yuv420p"})}, AV_PIX_FMT_NV12), ElementsAre("yuv420p"));
}

TEST(FormatPlan, NothingIsConvertedIntoTheOldFullRangeFormats) {
  EXPECT_THAT(entries({takes({"yuvj420p", "yuv444p"})}, AV_PIX_FMT_NV12), ElementsAre("yuv444p"));
  EXPECT_THAT(entries({takes({"yuvj420p"})}, AV_PIX_FMT_YUVJ420P), ElementsAre("yuvj420p"));
}

TEST(FormatPlan, BehindAnOpThatChangesTheFormatNothingIsForeseen) {
  OpContract changer = takes({"yuv420p", "rgb24"});
  changer.changes_format = true;
  EXPECT_THAT(
      entries({changer, takes({"rgb24"})}, AV_PIX_FMT_YUV420P), ElementsAre("yuv420p", "rgb24"));
}

TEST(FormatPlan, AFormatThatDoesNotExistIsRefusedByItsName) {
  try {
    const FormatPlan plan({takes({"yuv421p"})});
    ADD_FAILURE() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_THAT(error.info().reason, testing::HasSubstr("yuv421p"));
  }
}

TEST(FormatPlan, ChromaThatIsKeptOnTheWayIsNotLostByGoingBack) {
  const FormatPlan plan({OpContract{.formats = {"yuv410p", "yuv420p", "yuv444p"}}});
  EXPECT_EQ(plan.entry(0, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P), AV_PIX_FMT_YUV444P);
}

TEST(FormatPlan, AQuarterOfTheChromaIsAGreaterLossThanAHalf) {
  const FormatPlan plan({OpContract{.formats = {"yuv410p", "yuv420p"}}});
  EXPECT_EQ(plan.entry(0, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P), AV_PIX_FMT_YUV420P);
}

}  // namespace
}  // namespace s3reel::ops
