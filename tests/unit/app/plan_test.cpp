#include <string>

#include <gtest/gtest.h>

#include "base/units.h"
#include "media/codec_memory.h"
#include "s3reel/s3reel.h"
#include "unit/media/clips.h"

namespace s3reel {
namespace {

/// The plan of a job from a local file. Nothing is sent to a destination in S3.
class PlanTest : public testing::Test {
 protected:
  void SetUp() override { test::write_file(folder_.file("in.mp4"), test::plain_clip()); }

  Plan plan_for(const std::string& destination, const std::string& codec = "") {
    Job job{
        .source = {.url = folder_.file("in.mp4")},
        .destination = {.url = destination},
        .video = {.codec = codec},
        .no_clobber = no_clobber_,
        .memory = memory_};
    job.destination.store = {
        .region = "eu-central-1",
        .credentials = Credentials{.access_key_id = "AK", .secret_access_key = "secret"}};
    Observer observer;
    return plan(job, observer);
  }

  test::TemporaryFolder folder_;
  bool no_clobber_ = false;
  MemorySettings memory_;
};

// The numbers are the rows of docs/memory.md.
TEST_F(PlanTest, BuffersAreThoseThatTheJobUses) {
  memory_.budget = base::kGiB;
  const Plan local = plan_for(folder_.file("out.mp4"));
  const std::uint64_t frames = local.buffer_bytes - (4 + 8 + 5) * base::kMiB;
  EXPECT_GE(frames, 8 * media::most_buffer_bytes(128U * 96 * 3 / 2));
  EXPECT_LT(frames, 8 * media::most_buffer_bytes(192U * 96 * 3 / 2));
  EXPECT_GT(local.codec_bytes, 50U * 128 * 96 * 3 / 2);
  EXPECT_EQ(local.memory_budget, base::kGiB);
  const Plan copied = plan_for(folder_.file("out.mp4"), "copy");
  EXPECT_EQ(copied.buffer_bytes, (8 + 5) * base::kMiB);
  EXPECT_EQ(copied.codec_bytes, 0U);
  EXPECT_EQ(plan_for("s3://b/out.mp4").buffer_bytes, frames + (4 + 8 + 5 + 24) * base::kMiB);
}

TEST_F(PlanTest, ABudgetThatIsTooSmallIsRefusedWithTheOneThatDoes) {
  memory_.budget = base::kMiB;
  try {
    plan_for("s3://b/out.mp4");
    ADD_FAILURE() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.info().kind, ErrorKind::usage);
    EXPECT_NE(error.info().hint.find("--memory"), std::string::npos);
  }
}

TEST_F(PlanTest, PartsAndRequestsAreOfStoresOnly) {
  const Plan local = plan_for(folder_.file("out.mp4"));
  EXPECT_EQ(local.part_size, 0U);
  EXPECT_EQ(local.largest_output, 0U);
  EXPECT_EQ(local.gets_left, 0U);
  EXPECT_TRUE(local.requests.empty());
  EXPECT_EQ(plan_for("s3://b/out.mp4").part_size, 8 * base::kMiB);
}

TEST_F(PlanTest, AnExistingDestinationIsRefusedAsTheJobWould) {
  test::write_file(folder_.file("out.mp4"), test::plain_clip());
  EXPECT_NO_THROW(plan_for(folder_.file("out.mp4")));
  no_clobber_ = true;
  EXPECT_THROW(plan_for(folder_.file("out.mp4")), Error);
}

}  // namespace
}  // namespace s3reel
