#include "media/filter_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3reel::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FilterText, NamesTheFiltersOfAChainInOrder) {
  EXPECT_THAT(filter_names("scale=1280:-2,hqdn3d"), ElementsAre("scale", "hqdn3d"));
  EXPECT_THAT(filter_names(" negate "), ElementsAre("negate"));
  EXPECT_THAT(
      filter_names("split [a][b]; [a] null [c] ;[b][c]blend=all_mode=average"),
      ElementsAre("split", "null", "blend"));
}

TEST(FilterText, AnInstanceMayHaveAName) {
  EXPECT_THAT(filter_names("scale@small=w=64"), ElementsAre("scale"));
}

TEST(FilterText, QuotesAndEscapesHideSeparators) {
  EXPECT_THAT(filter_names("drawtext=text='a,b;[c]=d',negate"), ElementsAre("drawtext", "negate"));
  EXPECT_THAT(filter_names("drawtext=text=a\\,movie=x,negate"), ElementsAre("drawtext", "negate"));
  EXPECT_THAT(filter_names("[a'b;movie=x]negate"), IsEmpty())
      << "the quote is not closed: all of it is a label";
}

TEST(FilterText, ANameThatIsQuotedIsStillTheName) {
  EXPECT_THAT(filter_names("'mov'ie=x[a];[in][a]overlay"), ElementsAre("movie", "overlay"));
  EXPECT_THAT(filter_names("\\movie=x"), ElementsAre("movie"));
}

TEST(FilterText, FlagsOfTheScalerAreNoFilter) {
  EXPECT_THAT(filter_names("sws_flags=lanczos;scale=64:48"), ElementsAre("scale"));
  EXPECT_THAT(filter_names("hflip,sws_flags=lanczos"), ElementsAre("hflip", "sws_flags"));
}

TEST(FilterText, FlagsOfTheScalerEndInsideQuotesToo) {
  EXPECT_THAT(
      filter_names("sws_flags=';movie=x[b];[in][b]overlay@\\'a,hflip"),
      ElementsAre("movie", "overlay", "hflip"))
      << "a quote there must not hide from us what libavfilter builds";
}

TEST(FilterText, WhatIsNoGraphDoesNotHang) {
  EXPECT_THAT(filter_names(""), IsEmpty());
  EXPECT_THAT(filter_names(",;[]=:'\\"), testing::SizeIs(testing::Le(4U)));
  EXPECT_THAT(filter_names("[unfinished"), IsEmpty());
}

}  // namespace
}  // namespace s3reel::media
