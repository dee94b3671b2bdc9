#include "media/head_check.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3reel/error.h"
#include "unit/media/clips.h"

namespace s3reel::media {
namespace {

using test::Content;
using testing::HasSubstr;

/// 50 frames, 2 s, with the index in front.
io::HeadPreview head_of(const std::string& name, const std::string& more = "") {
  Content bytes =
      test::make_clip(test::kPicture + test::kX264 + "-metadata title=Film " + more, name);
  const std::uint64_t size = bytes.size();
  return {.head = std::move(bytes), .size = size};
}

io::HeadPreview mp4_head() {
  static const io::HeadPreview head = head_of("a.mp4", "-movflags faststart");
  return head;
}

Expected two_seconds(Container container) {
  return {
      .container = container,
      .video = 0,
      .frames = 50,
      .duration_seconds = 2.0,
      .frame_seconds = 0.04};
}

std::string head_refusal(const io::HeadPreview& head, const Expected& expected) {
  try {
    check_head(head, expected);
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::internal);
    return error.what();
  }
  return {};
}

TEST(HeadCheck, AWholeResultPassesAndSaysWhatItHas) {
  EXPECT_FALSE(check_head(mp4_head(), two_seconds(Container::mp4)).empty());
  EXPECT_FALSE(check_head(head_of("a.mkv"), two_seconds(Container::mkv)).empty());
}

TEST(HeadCheck, TheHeadIsEnough) {
  io::HeadPreview head = mp4_head();
  // The index is in front; all samples but the first bytes are on their way.
  head.head.resize(head.head.size() / 2);
  EXPECT_NO_THROW(check_head(head, two_seconds(Container::mp4)));
}

TEST(HeadCheck, AMissingFrameIsFound) {
  Expected expected = two_seconds(Container::mp4);
  expected.frames = 51;
  EXPECT_THAT(head_refusal(mp4_head(), expected), HasSubstr("50"));
  expected.frames = 49;
  EXPECT_NE(head_refusal(mp4_head(), expected), "");
}

TEST(HeadCheck, AWrongDurationIsFound) {
  for (const double seconds : {1.9, 2.1, 0.0, 20.0}) {
    Expected expected = two_seconds(Container::mp4);
    expected.duration_seconds = seconds;
    EXPECT_NE(head_refusal(mp4_head(), expected), "") << seconds;
  }
  Expected longer = two_seconds(Container::mkv);
  longer.duration_seconds = 3.0;
  EXPECT_NE(head_refusal(head_of("a.mkv"), longer), "");
}

TEST(HeadCheck, GarbageIsFound) {
  for (const Container container :
       {Container::mp4, Container::fmp4, Container::mov, Container::mkv}) {
    EXPECT_NE(head_refusal({Content(5'000, std::byte{0x42}), 5'000}, two_seconds(container)), "");
    EXPECT_NE(head_refusal({{}, 0}, two_seconds(container)), "");
  }
}

TEST(HeadCheck, AnIndexThatIsCutOffIsFound) {
  io::HeadPreview head = mp4_head();
  head.head.resize(500);
  EXPECT_NE(head_refusal(head, two_seconds(Container::mp4)), "");
}

TEST(HeadCheck, AnIndexAtTheWrongEndIsFound) {
  io::HeadPreview head = head_of("a.mp4");
  head.head.resize(head.head.size() / 2);
  EXPECT_NE(head_refusal(head, two_seconds(Container::mp4)), "");
}

TEST(HeadCheck, AMatroskaHeaderThatWasNeverPatchedIsFound) {
  // To a pipe libavformat cannot go back to write the duration.
  io::HeadPreview head = head_of("a.mkv", "-f matroska pipe:1 >");
  EXPECT_NE(head_refusal(head, two_seconds(Container::mkv)), "");
}

TEST(HeadCheck, TheVideoMustBeThere) {
  Expected expected = two_seconds(Container::mp4);
  expected.video = 1;
  EXPECT_NE(head_refusal(mp4_head(), expected), "");
}

}  // namespace
}  // namespace s3reel::media
