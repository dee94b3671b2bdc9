#include "io/location.h"

#include <string>

#include <gtest/gtest.h>

#include "s3reel/error.h"

namespace s3reel::io {
namespace {

TEST(Location, TellsTheKindsApart) {
  EXPECT_EQ(parse_location("s3://bucket/key").kind, LocationKind::s3);
  EXPECT_EQ(parse_location("-").kind, LocationKind::standard_stream);
  EXPECT_EQ(parse_location("a/b.mp4").kind, LocationKind::file);
  EXPECT_EQ(parse_location("./odd name?://x").kind, LocationKind::file);
}

TEST(Location, FileSchemeNamesAnAbsolutePath) {
  EXPECT_EQ(parse_location("file:///tmp/in.mp4").path, "/tmp/in.mp4");
  EXPECT_THROW(parse_location("file://in.mp4"), Error);
}

TEST(Location, UnknownSchemeAndEmptyTextAreUsageErrors) {
  for (const char* text : {"", "ftp://host/in.mp4"}) {
    try {
      parse_location(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.info().kind, ErrorKind::usage);
      EXPECT_FALSE(error.info().hint.empty());
    }
  }
}

TEST(Location, WebAddressesAreKept) {
  for (const char* text :
       {"https://host/k.mp4?Signature=hunter2", "http://host:8080/k.mp4", "HTTPS://host/k"}) {
    EXPECT_EQ(parse_location(text).kind, LocationKind::web);
    EXPECT_EQ(parse_location(text).path, text);
  }
}

TEST(Location, TheRestOfAnUnknownSchemeIsNotRepeated) {
  try {
    parse_location("ftp://me:hunter2@host/k");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "location 'ftp://…': the scheme ftp:// is not supported; give s3://bucket/key, a local "
        "path, https:// to read from, or - for standard output");
  }
}

TEST(Location, AByteOfZeroDoesNotEndAName) {
  try {
    parse_location(std::string("keep\0.mp4", 9));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_EQ(error.info().subject, "'keep\\0.mp4'");
  }
}

TEST(Location, ExtensionIsOfTheLastComponentAndInLowerCase) {
  EXPECT_EQ(location_extension("s3://bucket/dir.d/clip.MP4"), "mp4");
  EXPECT_EQ(location_extension("s3://bucket/dir.d/clip"), "");
  EXPECT_EQ(location_extension(".hidden"), "");
}

}  // namespace
}  // namespace s3reel::io
