#pragma once

#include <cstdint>
#include <optional>

#include "base/units.h"

namespace s3reel::s3 {

inline constexpr int kMaxParts = 10'000;                           ///< S3 user guide, "qfacts"
inline constexpr std::uint64_t kMinPartBytes = 5 * base::kMiB;     ///< of all parts but the last
inline constexpr std::uint64_t kLargePartBytes = 64 * base::kMiB;  ///< growth ends here

/// How large each part behind the head is. Sizes double every 500 parts up to 64 MiB, so that short
/// results need little memory and 10,000 parts still hold about 500 GiB. A result that is expected
/// to exceed that begins with larger parts. Neither exceeds the memory that parts may take: one on
/// its way and one being filled must fit.
class PartLayout {
 public:
  explicit PartLayout(
      std::uint64_t first_bytes,
      std::optional<std::uint64_t> expected_bytes = std::nullopt,
      std::uint64_t memory = UINT64_MAX);

  /// Of part `number`, which counts from 2: part 1 is the head.
  [[nodiscard]] std::uint64_t size_of(int number) const;

  /// How many parts of that size may be on their way when `parts` of the first size may. Larger
  /// parts travel in smaller company: memory then grows slower than the parts, and stays inside
  /// what they may take.
  [[nodiscard]] int in_flight(int number, int parts) const;

  /// Bytes that all parts together hold.
  [[nodiscard]] std::uint64_t capacity() const;

  [[nodiscard]] std::uint64_t first_bytes() const { return first_bytes_; }

 private:
  std::uint64_t memory_;
  std::uint64_t first_bytes_;
};

}  // namespace s3reel::s3
