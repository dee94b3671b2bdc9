#include "s3/part_layout.h"

#include <algorithm>

namespace s3reel::s3 {
namespace {

constexpr int kPartsPerSize = 500;
/// The estimate of a result's size may be short by a quarter.
constexpr std::uint64_t kMarginDivisor = 4;
constexpr std::uint64_t kMaxPartBytes = 5 * base::kGiB;

}  // namespace

PartLayout::PartLayout(
    std::uint64_t first_bytes, std::optional<std::uint64_t> expected_bytes, std::uint64_t memory)
    : memory_(memory), first_bytes_(std::clamp(first_bytes, kMinPartBytes, kMaxPartBytes)) {
  const std::uint64_t expected = expected_bytes.value_or(0);
  const std::uint64_t largest = std::min(kMaxPartBytes, memory_ / 2);
  while (capacity() < expected + expected / kMarginDivisor && first_bytes_ <= largest / 2) {
    first_bytes_ *= 2;
  }
}

std::uint64_t PartLayout::size_of(int number) const {
  std::uint64_t size = first_bytes_;
  const std::uint64_t largest = std::min(kLargePartBytes, memory_ / 2);
  for (int step = (number - 2) / kPartsPerSize; step > 0 && size <= largest / 2; --step) {
    size *= 2;
  }
  return size;
}

int PartLayout::in_flight(int number, int parts) const {
  const std::uint64_t size = size_of(number);
  const auto wanted = static_cast<std::uint64_t>(std::max(parts, 1));
  // Beside them the next one is filled.
  const std::uint64_t room = (memory_ - std::min(memory_, size_of(number + 1))) / size;
  const std::uint64_t most = std::clamp<std::uint64_t>(room, 1, wanted);
  return static_cast<int>(std::clamp<std::uint64_t>(2 * wanted * first_bytes_ / size, 1, most));
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
