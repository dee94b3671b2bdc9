#include "media/metadata.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace s3reel::media {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StreamMap one_stream() {
  StreamMap map;
  map.video = 0;
  map.streams = {
      {.index = 0,
       .type = "video",
       .codec = "h264",
       .fate = StreamFate::processed,
       .result_index = 0}};
  return map;
}

TEST(Metadata, AKeyTheResultLacksIsALossOfTheFileOrOfItsStream) {
  const std::vector<MetadataKey> source{{-1, "artist", "A"}, {0, "language", "eng"}};
  EXPECT_THAT(
      lost_metadata(source, one_stream(), {}),
      ElementsAre("metadata 'artist' is not kept", "stream 0: 'language' is not kept"));
  EXPECT_THAT(lost_metadata(source, one_stream(), source), IsEmpty());
}

TEST(Metadata, WhatDescribesTheOldFileIsNotMissed) {
  const std::vector<MetadataKey> source{{-1, "major_brand", "isom"}, {0, "handler_name", "x"}};
  EXPECT_THAT(lost_metadata(source, one_stream(), {}), IsEmpty());
}

TEST(Metadata, KeysMayChangeTheirCaseAndValuesTheirForm) {
  EXPECT_THAT(
      lost_metadata({{0, "language", "en"}}, one_stream(), {{0, "LANGUAGE", "eng"}}), IsEmpty());
}

TEST(Metadata, ACreationTimeThatBecameAnotherOneIsALoss) {
  const std::vector<MetadataKey> source{{0, "creation_time", "2020-02-03T04:05:06.250000Z"}};
  EXPECT_THAT(
      lost_metadata(source, one_stream(), {{0, "creation_time", "2020-02-03T04:05:06.000000Z"}}),
      IsEmpty());
  EXPECT_THAT(
      lost_metadata(source, one_stream(), {{0, "creation_time", "2021-01-01T00:00:00.000000Z"}}),
      ElementsAre("stream 0: 'creation_time' is not kept"));
}

TEST(Metadata, KeysWithoutAWordAreNotSaid) {
  const OutputPtr format(avformat_alloc_context());
  av_dict_set(&format->metadata, "title", "T", 0);
  av_dict_set(&format->metadata, "language", "und", 0);
  const std::vector<MetadataKey> found = metadata_keys(*format);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "title");
  EXPECT_EQ(found[0].value, "T");
}

}  // namespace
}  // namespace s3reel::media
