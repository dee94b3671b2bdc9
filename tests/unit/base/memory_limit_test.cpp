#include "base/memory_limit.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/units.h"

namespace s3reel::base {
namespace {

namespace fs = std::filesystem;

/// A root with proc and sys as a machine has them.
class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() : root_(fs::temp_directory_path() / ("s3reel-limit-" + name())) {
    write("proc/meminfo", "MemFree: 1 kB\nMemTotal:       8388608 kB\n");
  }

  ~MemoryLimitTest() override { fs::remove_all(root_); }

  static std::string name() {
    return std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + "-" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  void write(const fs::path& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }

  void set_group(const std::string& lines) { write("proc/self/cgroup", lines); }

  fs::path root_;
};

TEST_F(MemoryLimitTest, WithoutACgroupIsTheMachines) {
  EXPECT_EQ(memory_limit(root_), 8 * kGiB);
}

TEST_F(MemoryLimitTest, OfVersion2IsTheSmallestOnTheWay) {
  set_group("0::/kube/pod/container\n");
  write("sys/fs/cgroup/kube/pod/container/memory.max", "max\n");
  write("sys/fs/cgroup/kube/pod/memory.max", "469762048\n");
  write("sys/fs/cgroup/kube/memory.max", "4294967296\n");
  EXPECT_EQ(memory_limit(root_), 448 * kMiB);
}

TEST_F(MemoryLimitTest, OfVersion1IsThatOfTheMemoryController) {
  set_group("5:cpu,cpuacct:/other\n4:memory:/job\n0::/\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "469762048\n");
  write("sys/fs/cgroup/memory/other/memory.limit_in_bytes", "1\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory_limit(root_), 448 * kMiB);
}

TEST_F(MemoryLimitTest, InsideAContainerThatSeesItsPathFromOutside) {
  set_group("4:memory:/docker/0123\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(memory_limit(root_), 512 * kMiB);
}

TEST_F(MemoryLimitTest, ALimitAboveTheMachinesIsNone) {
  set_group("0::/\n");
  write("sys/fs/cgroup/memory.max", "17179869184\n");
  EXPECT_EQ(memory_limit(root_), 8 * kGiB);
}

TEST(MemoryLimit, OfThisMachineIsThere) {
  EXPECT_GT(memory_limit(), 64 * kMiB);
  EXPECT_LT(memory_limit(), 1024 * 1024 * kGiB);
}

}  // namespace
}  // namespace s3reel::base
