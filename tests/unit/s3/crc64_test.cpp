#include "s3/crc64.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.h"

namespace s3reel::s3 {
namespace {

using Bytes = std::vector<std::byte>;

Bytes four_kib(const std::function<std::size_t(std::size_t)>& value) {
  Bytes bytes(4096);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(value(i));
  }
  return bytes;
}

TEST(Crc64, MeetsTheVectorsOfItsSpecification) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc64nvme({std::as_bytes(std::span(digits))}), 0xAE8B14860A799888U);
  // NVM Command Set Specification 1.0, figure "64b CRC Test Cases".
  EXPECT_EQ(crc64nvme({four_kib([](std::size_t) { return 0; })}), 0x6482D367EB22B64EU);
  EXPECT_EQ(crc64nvme({four_kib([](std::size_t) { return 0xFF; })}), 0xC0DDBA7302ECA3ACU);
  EXPECT_EQ(crc64nvme({four_kib([](std::size_t i) { return i; })}), 0x3E729F5F6750449CU);
  EXPECT_EQ(crc64nvme({four_kib([](std::size_t i) { return 255 - i; })}), 0x9A2DF64B8E9E517EU);
}

TEST(Crc64, OfAWholeFollowsFromItsParts) {
  const Bytes bytes = s3reel::test::pattern_bytes(100'003);
  const std::span<const std::byte> all(bytes);
  const std::uint64_t whole = crc64nvme({all});
  for (const std::size_t cut : {0U, 1U, 7U, 8U, 50'001U, 100'002U, 100'003U}) {
    const auto second = crc64nvme({all.subspan(cut)});
    EXPECT_EQ(combine_crc64nvme(crc64nvme({all.first(cut)}), second, all.size() - cut), whole);
    EXPECT_EQ(crc64nvme({all.first(cut), all.subspan(cut)}), whole);
  }
}

TEST(Crc64, IsWrittenAsS3DoesIt) {
  EXPECT_EQ(crc64nvme_text(0xAE8B14860A799888), "rosUhgp5mIg=");
  EXPECT_EQ(crc64nvme_text(0), "AAAAAAAAAAA=");
}

}  // namespace
}  // namespace s3reel::s3
