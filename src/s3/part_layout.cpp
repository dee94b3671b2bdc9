#include "s3/part_layout.h"

#include <algorithm>

namespace s3reel::s3 {
namespace {

constexpr int kPartsPerSize = 500;
/// The estimate of a result's size may be short by a quarter.
constexpr std::uint64_t kMarginDivisor = 4;
constexpr std::uint64_t kMaxPartBytes = 5 * base::kGiB;

}  // namespace

PartLayout::PartLayout(std::uint64_t first_bytes, std::optional<std::uint64_t> expected_bytes)
    : first_bytes_(std::clamp(first_bytes, kMinPartBytes, kMaxPartBytes)) {
  const std::uint64_t expected = expected_bytes.value_or(0);
  while (capacity() < expected + expected / kMarginDivisor && first_bytes_ <= kMaxPartBytes / 2) {
    first_bytes_ *= 2;
  }
}

std::uint64_t PartLayout::size_of(int number) const {
  std::uint64_t size = first_bytes_;
  for (int step = (number - 2) / kPartsPerSize; step > 0 && size < kLargePartBytes; --step) {
    size *= 2;
  }
  return std::max(first_bytes_, std::min(size, kLargePartBytes));
}

int PartLayout::in_flight(int number, int parts) const {
  const std::uint64_t growth = size_of(number) / first_bytes_;
  const auto wanted = static_cast<std::uint64_t>(std::max(parts, 1));
  return static_cast<int>(std::clamp<std::uint64_t>(2 * wanted / growth, 1, wanted));
}

std::uint64_t PartLayout::capacity() const {
  std::uint64_t bytes = kMinPartBytes;
  for (int number = 2; number <= kMaxParts; number += kPartsPerSize) {
    const int count = std::min(kPartsPerSize, kMaxParts - number + 1);
    bytes += size_of(number) * static_cast<std::uint64_t>(count);
  }
  return bytes;
}

}  // namespace s3reel::s3
