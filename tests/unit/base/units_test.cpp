#include "base/units.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace s3reel::base {
namespace {

TEST(FormatBytes, CountsSingleBytesBelowAKibibyte) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1), "1 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
}

TEST(FormatBytes, TakesTheLargestUnitThatFits) {
  EXPECT_EQ(format_bytes(kKiB), "1.0 KiB");
  EXPECT_EQ(format_bytes(3 * kMiB / 2), "1.5 MiB");
  EXPECT_EQ(format_bytes(kGiB), "1.0 GiB");
  EXPECT_EQ(format_bytes(5 * 1024 * kGiB), "5.0 TiB");
}

TEST(FormatBytes, HasNoUnitBeyondTebibytes) {
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16777216.0 TiB");
}

}  // namespace
}  // namespace s3reel::base
